"""A company's requests of all rounds, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Person, Rounds


def join(rounds: Rounds, supplier: Person, name: str) -> tuple[str, Person]:
    """The supplier takes part in one more round, and is asked there by a buyer."""
    story = tell_story(rounds, 1, 0, a_plan(name=name))
    path = f"/rounds/{story.round_id}"
    body = {"side": "supplier", "delegates": [{"name": "Ana"}], "company_id": supplier.company_id}
    story.organizer.post(f"{path}/registrations", body)
    story.request(story.buyers[0], supplier)
    return story.round_id, story.buyers[0]


def test_what_waits_for_a_company_is_listed_over_all_rounds(rounds: Rounds) -> None:
    supplier = rounds.company("Lácteos El Prado", "supplier")
    (first, one), (second, _) = join(rounds, supplier, "Rueda uno"), join(rounds, supplier, "Rueda dos")
    page = supplier.get("/requests?status=pending&limit=1")
    assert [(row["round_id"], row["round_name"]) for row in page["items"]] == [(first, "Rueda uno")]
    rest = supplier.get(f"/requests?status=pending&limit=1&cursor={page['next_cursor']}")
    assert [(row["round_id"], row["time_zone"]) for row in rest["items"]] == [(second, "America/Bogota")]
    assert rest["next_cursor"] is None
    supplier.post(f"/requests/{page['items'][0]['request_id']}/decline")
    assert [row["round_id"] for row in supplier.get("/requests?status=pending")["items"]] == [second]
    assert supplier.get("/requests?direction=sent")["items"] == []
    assert [row["status"] for row in one.get("/requests?direction=sent")["items"]] == ["declined"]


def test_nobody_sees_the_requests_of_another(rounds: Rounds) -> None:
    supplier = rounds.company("Lácteos El Prado", "supplier")
    join(rounds, supplier, "Rueda uno")
    assert rounds.company("Otra", "supplier").get("/requests")["items"] == []
    assert rounds.person("organizer").send("GET", "/requests").status_code == 403
