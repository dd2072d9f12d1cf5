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
        "Hasta dos proveedores por cita darían lugar a 2 más.",
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
