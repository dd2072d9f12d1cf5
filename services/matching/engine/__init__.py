"""Who can serve a need, why, and what is missing: pure functions over plain data, no I/O.

`SupplierIndex` holds the suppliers, `shortlist` ranks them for a need, `NeedBook` finds the needs for a
supplier by the same score, `judge` compares requirement by requirement, `sentences` puts it into words.
"""

from services.matching.engine.gaps import Gap, gaps_of, only_closable
from services.matching.engine.index import SupplierIndex
from services.matching.engine.needbook import NeedBook
from services.matching.engine.pools import LOOKED_AT, wants_pool
from services.matching.engine.profiles import profile_of
from services.matching.engine.ranking import (
    ALMOST_SIZE,
    SHORTLIST_SIZE,
    Shortlist,
    almost_size,
    assess,
    has_mandatory,
    is_own,
    shortlist,
)
from services.matching.engine.reasons import sentences
from services.matching.engine.records import (
    Context,
    Match,
    Need,
    Offering,
    Part,
    Profile,
    Rate,
    Supplier,
    Verdict,
)
from services.matching.engine.scoring import tie_break
from services.matching.engine.verdicts import Judge
from services.matching.engine.weights import SHIPPED, Weights

__all__ = [
    "ALMOST_SIZE",
    "LOOKED_AT",
    "SHIPPED",
    "SHORTLIST_SIZE",
    "Context",
    "Gap",
    "Judge",
    "Match",
    "Need",
    "NeedBook",
    "Offering",
    "Part",
    "Profile",
    "Rate",
    "Shortlist",
    "Supplier",
    "SupplierIndex",
    "Verdict",
    "Weights",
    "almost_size",
    "assess",
    "gaps_of",
    "has_mandatory",
    "is_own",
    "only_closable",
    "profile_of",
    "sentences",
    "shortlist",
    "tie_break",
    "wants_pool",
]
