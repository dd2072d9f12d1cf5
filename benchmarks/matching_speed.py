"""How fast the matching engine is, on a generated directory: see `benchmarks.matching`."""

from __future__ import annotations

import os
import resource
import statistics
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from benchmarks import directory
from services.matching.engine import Need, NeedBook, Supplier, SupplierIndex, profile_of, shortlist

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ANCHOR = "anchor"
ASKED = 500


def timed(works: Iterable[object]) -> dict[str, float]:
    """Processor milliseconds of each step of an iterator: median and 95th percentile."""
    spent = []
    begun = time.process_time()
    for _ in works:
        spent.append(1000 * (time.process_time() - begun))
        begun = time.process_time()
    return {
        "p50_ms": round(statistics.median(spent), 2),
        "p95_ms": round(statistics.quantiles(spent, n=20)[18], 2),
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
    """Fill the index, then ask both ways, beside the bare text query, and change an offering."""
    before = memory_mb()
    index, spent = filled(suppliers)
    memory = memory_mb() - before
    asked = generated_needs(needs)
    book = NeedBook()
    for need in asked:
        book.put(need, profile_of(index, need)[0])
    sample = asked[:ASKED]
    profiles = [profile_of(index, need)[0] for need in sample]
    some = list(islice(generated(suppliers), ASKED))
    result = {
        "suppliers": suppliers,
        "offerings": index.offerings,
        "needs": needs,
        "filled_seconds": round(spent, 1),
        "memory_mb": round(memory),
        "bare_text_query": timed(bare_query(index, each.terms) for each in profiles),
        "need_to_suppliers": timed(shortlist(index, need) for need in sample),
        "supplier_to_needs": timed(book.fitting(supplier) for supplier in some),
        "changed_offering": timed(index.put(supplier) for supplier in some),
    }
    ratio = result["need_to_suppliers"]["p50_ms"] / result["bare_text_query"]["p50_ms"]
    return {**result, "times_the_bare_query": round(ratio, 2)}


def bare_query(index: SupplierIndex, terms: dict[str, float]) -> Any:
    """The 50 offerings that are nearest in text, and nothing else."""
    texts = index.text_scores(terms)
    first = np.argpartition(-texts, 50)[:50]
    return first[np.argsort(-texts[first])]


def memory_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_bulk(suppliers: int, needs: int) -> dict[str, Any]:
    """All needs against all suppliers, by one process and by two that share the index's memory."""
    index, _ = filled(suppliers)
    asked = generated_needs(needs)
    rates = {}
    for processes in (1, 2):
        begun = time.perf_counter()
        children = [_ranked_by_child(index, asked[part::processes]) for part in range(processes)]
        for child in children:
            _, status = os.waitpid(child, 0)
            if status:
                raise RuntimeError("a process that ranked has failed")
        rates[processes] = needs / (time.perf_counter() - begun)
    return {
        "suppliers": suppliers,
        "needs": needs,
        "needs_a_second": {str(processes): round(rate, 1) for processes, rate in rates.items()},
        "two_against_one": round(rates[2] / rates[1], 2),
    }


def _ranked_by_child(index: SupplierIndex, needs: list[Need]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        for need in needs:
            shortlist(index, need)
    except BaseException:
        os._exit(1)
    os._exit(0)
