"""Two real matching workers on a real Kafka share events and needs, and one ends what the other began."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from deploy.topics import TOPICS, make_topics
from shared import bus
from tests.service.matching.conftest import a_company, a_need, an_offering
from tests.service.matching.test_matching_workers import Workers, closed_at_the_end, ranked_by_one, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.config import Config
    from tests.conftest import MakeConfig

SUPPLIERS, NEEDS = 60, 120
CHANCE = random.Random(5)
WORDS = ["aguacate", "hass", "panela", "café", "molido", "tubería", "acero", "dotación", "botas", "aseo"]
ANCHOR = a_company(name="Exportadora del Valle S. A.", roles=["anchor"])


@pytest.fixture
def workers(config: MakeConfig, kafka_address: str, tmp_path: Path) -> Iterator[Workers]:
    on_kafka = config("matching", bus_url=f"kafka://{kafka_address}")
    make_topics(on_kafka, TOPICS, partitions=4, replication=1)
    made = Workers(on_kafka, tmp_path)
    with closed_at_the_end(made):
        yield made


def needs_told_of(config: Config, wanted: set[str]) -> list[str]:
    """The need of each event, by its id, that said that the shortlist of one of these has changed."""
    reader = bus.connect(config).consumer("test", ["matching.events"])
    told: dict[str, str] = {}

    def has_told_of_all() -> bool:
        for each in reader.poll(1_000, 0.2):
            if each.headers["ce_type"] == "matching.shortlist_updated" and each.key in wanted:
                told[each.headers["ce_id"]] = each.key
        return set(told.values()) == wanted

    wait_until(has_told_of_all, "told on Kafka")
    reader.close()
    return sorted(told.values())


def test_two_workers_on_kafka_rank_as_one_does_though_one_is_killed_in_the_middle(workers: Workers) -> None:
    victim, heir = workers.start(), workers.start()
    suppliers = [a_company(name=f"Finca {number}") for number in range(SUPPLIERS)]
    offerings = [an_offering(each, title=" ".join(CHANCE.choices(WORDS, k=3))) for each in suppliers]
    workers.publish(ANCHOR, *suppliers, *offerings)
    wait_until(lambda: workers.store.db.offerings.count_documents({}) == SUPPLIERS, "copied")
    wait_until(lambda: sorted(workers.parts().values()) == [32, 32], "shared in halves")
    wait_until(workers.store.ranked, "both indexes follow")

    needs = [a_need(ANCHOR, title=" ".join(CHANCE.choices(WORDS, k=4))) for _ in range(NEEDS)]
    first, rest = needs[: NEEDS // 2], needs[NEEDS // 2 :]
    before = workers.work()
    workers.publish(*first)
    wait_until(lambda: workers.have_ranked(len(first)), "ranked by both")
    after = workers.work()
    assert {process for process in after if after[process] > before[process]} == {victim.pid, heir.pid}

    workers.publish(*rest)
    wait_until(lambda: workers.work()[victim.pid] > after[victim.pid], "begun")
    victim.kill()
    victim.wait()
    wait_until(lambda: workers.have_ranked(NEEDS), "finished by the other")
    assert workers.parts() == {heir.pid: 64}
    ids = sorted(each.need_id for each in needs)
    assert needs_told_of(workers.config, set(ids)) == ids
    workers.stop()
    assert workers.shortlists() == ranked_by_one(workers)
