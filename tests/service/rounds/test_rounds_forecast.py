"""What will not fit, told to the organizer before requests close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Rounds, Story


def test_the_organizer_is_told_who_is_full_and_what_would_help(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 8, a_plan())
    for supplier in story.suppliers:
        story.request(supplier, story.buyers[0])
    found = story.organizer.get(f"/rounds/{story.round_id}/forecast")
    assert (found["requests"], found["placeable"], found["lost"]) == (8, 6, 2)
    [buyer] = found["crowded"]
    assert buyer["advice"] == (
        "buyer 0 tiene 8 solicitudes y lugar para 6; otro representante daría lugar a 2 más."
    )
    assert found["advice"] == [
        "Un proveedor más en cada cita daría lugar a 2 más.",
        "Un horario más para todos daría lugar a 1 más.",
    ]


def test_what_is_told_is_what_the_agenda_then_leaves_out(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 8, a_plan())
    for supplier in story.suppliers:
        story.agreed(story.buyers[0], supplier)
    lost = story.organizer.get(f"/rounds/{story.round_id}/forecast")["lost"]
    assert len(rounds.run_agenda(story.organizer, story.round_id)["left_out"]) == lost == 2


def test_the_forecast_is_the_organizers(story: Story) -> None:
    assert story.buyers[0].send("GET", f"/rounds/{story.round_id}/forecast").status_code == 403


def test_the_forecast_counts_with_the_rules_for_the_agenda(rounds: Rounds) -> None:
    day = {**a_plan()["days"][0], "ends": "15:30", "breaks": []}
    found = []
    for rules in ({}, {"buyers": {"most_a_day": 2}}, {"suppliers_at_once": 2}, {"buyers": {"keep_free": 2}}):
        story = tell_story(rounds, 1, 8, a_plan(days=[day], agenda=rules))
        for supplier in story.suppliers:
            story.request(supplier, story.buyers[0])
        told = story.organizer.get(f"/rounds/{story.round_id}/forecast")
        found.append((told["placeable"], told["crowded"][0]["capacity"], told["two_suppliers"]))
    assert found == [(3, 3, 3), (2, 2, 2), (6, 6, 2), (1, 1, 1)]
