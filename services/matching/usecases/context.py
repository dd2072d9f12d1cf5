"""What is known around a need when it is ranked: its anchor's past, activities, rates and places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from services.matching.engine import Context, places

if TYPE_CHECKING:
    from services.matching.engine import Need, Rate
    from services.matching.store import MatchingStore
    from services.matching.usecases.codes import Codes

PLACES = "DIVIPOLA"


class Surroundings:
    """Puts needs into their context."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def around(self, store: MatchingStore, needs: dict[str, tuple[Need, int]]) -> dict[str, tuple[Need, int]]:
        """The same needs, each with its context."""
        refresh_places(store)
        histories = store.histories({need.company_id for need, _ in needs.values()})
        budgets = {need.budget.currency for need, _ in needs.values() if need.budget is not None}
        rates = store.rates(budgets) if budgets else []
        # Those that a need states, else those that its words speak of.
        unstated = {_text(need) for need, _ in needs.values() if not need.ciiu}
        spoken_of = self._codes.activities(store, unstated)
        found = {}
        for name, (need, sequence) in needs.items():
            context = Context(
                history=histories[need.company_id],
                activities=dict.fromkeys(need.ciiu, 1.0) if need.ciiu else spoken_of[_text(need)],
                rates=_rates_of(need, rates),
            )
            found[name] = replace(need, context=context), sequence
        return found


def _text(need: Need) -> str:
    return f"{need.title} {need.description}"


def refresh_places(store: MatchingStore) -> None:
    """Know the municipalities of the list that was loaded last."""
    version = f"{store.db.name}:{store.list_versions().get(PLACES, 0)}"
    if version != places.loaded_version():
        listed = store.taxonomy([PLACES])
        places.load({entry.code: entry.at for entry in listed if entry.at is not None}, version)


def _rates_of(need: Need, rates: list[Rate]) -> list[Rate]:
    """The rates that turn other currencies into that of the need's budget."""
    if need.budget is None:
        return []
    return [each for each in rates if need.budget.currency in {each.base, each.quote}]
