"""How fast the matching engine is, on a generated directory: see `benchmarks.matching`."""

from __future__ import annotations

import resource
import statistics
import time
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np
from msgspec.structs import replace

from benchmarks import directory
from services.matching.engine import Need, Supplier, SupplierIndex, profile_of, shortlist
from services.matching.model.open_lists import Due, OpenLists
from services.matching.model.shortlists import made_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
ANCHOR = "anchor"
ASKED = 500
PASSES = 3


def timed(work: Callable[[T], object], items: Sequence[T]) -> dict[str, float]:
    """Processor milliseconds of an item: median and 95th percentile, each item at its best of three passes.

    Others that use the machine at the same time can only make a pass slower.
    """
    best = [float("inf")] * len(items)
    for _ in range(PASSES):
        for number, item in enumerate(items):
            begun = time.process_time()
            work(item)
            best[number] = min(best[number], 1000 * (time.process_time() - begun))
    return {
        "p50_ms": round(statistics.median(best), 2),
        "p95_ms": round(statistics.quantiles(best, n=20)[18], 2),
    }


def generated(count: int) -> Iterator[Supplier]:
    """The suppliers of the generated directory that is imported in `benchmarks.pipeline`."""
    for record in directory.companies(count):
        offerings = [{**each, "offering_id": each["ref"], "place": None} for each in record.pop("offerings")]
        yield msgspec.convert({**record, "company_id": record["ref"], "offerings": offerings}, Supplier)


def generated_needs(count: int) -> list[Need]:
    """The needs of the generated directory."""
    return [
        msgspec.convert({**each, "need_id": each["ref"], "company_id": ANCHOR}, Need)
        for each in directory.needs(count)
        if each["kind"] == "need"
    ]


def filled(count: int) -> tuple[SupplierIndex, float]:
    """An index of generated suppliers, and the processor seconds that filling it took."""
    index, spent = SupplierIndex(), 0.0
    for supplier in generated(count):
        begun = time.process_time()
        index.put(supplier)
        spent += time.process_time() - begun
    return index, spent


def run_speed(suppliers: int, needs: int) -> dict[str, Any]:
    """Fill the index, rank all needs, ask both ways beside the bare text query, and change offerings."""
    before = memory_mb()
    index, spent = filled(suppliers)
    memory = memory_mb() - before
    asked = generated_needs(needs)
    lists = OpenLists()
    begun = time.process_time()
    for need in asked:
        lists.note(need, made_from(need.need_id, 1, shortlist(index, need)))
    ranked = time.process_time() - begun
    sample = asked[:: max(1, needs // ASKED)][:ASKED]
    terms = [profile_of(index, need)[0].terms for need in sample]
    some = list(islice(generated(suppliers), ASKED))
    result = {
        "suppliers": suppliers,
        "offerings": index.offerings,
        "needs": needs,
        "filled_seconds": round(spent, 1),
        "index_memory_mb": round(memory),
        "all_needs_ranked_seconds": round(ranked, 1),
        "bare_text_query": timed(lambda each: bare_query(index, each), terms),
        "need_to_suppliers": timed(lambda need: shortlist(index, need), sample),
        "supplier_to_needs": timed(lists.book.fitting, some),
        "changed_offering": timed(lambda each: change(index, lists, each), reworded(some)),
    }
    ratio = result["need_to_suppliers"]["p50_ms"] / result["bare_text_query"]["p50_ms"]
    return {**result, "times_the_bare_query": round(ratio, 2)}


def bare_query(index: SupplierIndex, terms: dict[str, float]) -> Any:
    """The 50 offerings that are nearest in text, and nothing else."""
    texts = index.text_scores(terms)
    first = np.argpartition(-texts, 50)[:50]
    return first[np.argsort(-texts[first])]


def reworded(suppliers: Sequence[Supplier]) -> list[Supplier]:
    """The suppliers, each with the next one's words in its first offering."""
    found = []
    for one, other in zip(suppliers, [*suppliers[1:], suppliers[0]], strict=True):
        first = replace(one.offerings[0], title=other.offerings[0].title)
        found.append(replace(one, offerings=[first, *one.offerings[1:]]))
    return found


def change(index: SupplierIndex, lists: OpenLists, supplier: Supplier) -> None:
    """What a worker does with a changed supplier, up to knowing how each shortlist changes."""
    index.put(supplier)
    lists.touch(supplier.company_id, supplier, index.offerings, Due())


def memory_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
