"""The shipped weights of the score.

BM25's k1 and b as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
(2009); b is low because titles are short. The length is compared with a fixed pivot (a usual title after
its stop words) and not with the average of the day, so that what an offering's words weigh never depends
on who else is in the index.
"""

import msgspec

K1 = 1.2
B = 0.5
PIVOT_LENGTH = 10.0
# Saying a word more often than this adds nothing, which keeps stuffed texts from winning.
MAX_COUNT = 3
# A word said once in the shortest text weighs 1.
FULL_WEIGHT = (K1 + 1) / (1 + K1 * (1 - B + B / PIVOT_LENGTH))


class Weights(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the parts of the score are worth, relative to one another, and how text is read.

    A need is scored by the parts that it asks about: `activity` is CIIU, `history` what the two companies
    have had with each other, and from `certification` on each part is a requirement of that name.
    `breadth` is what each further fitting offering adds of what is still missing to a full text score,
    halved each time; `synonym` and `misspelt` what another word for the same and a word that was meant or
    miswritten count, beside the word itself. `version` 0 is what is shipped.
    """

    version: int = 0
    text: float = 0.60
    place: float = 0.13
    codes: float = 0.14
    activity: float = 0.03
    history: float = 0.03
    certification: float = 0.05
    capacity: float = 0.04
    budget: float = 0.03
    minimum_order: float = 0.01
    lead_time: float = 0.02
    payment_term: float = 0.02
    size: float = 0.02
    breadth: float = 0.45
    synonym: float = 0.7
    misspelt: float = 0.8


SHIPPED = Weights()
# Of so many fitting offerings each further one still adds something.
BREADTH_OFFERINGS = 6

# A need keeps its rarest terms; more of them cost time and change nothing in the first places.
MAX_TERMS = 64
# Of the suppliers of so many offerings nearest in text so many vote on the codes of a need that states none.
NEAREST = 100
NEIGHBOURS = 15
# Below this a shared word or two are chance: no candidate, unless stated codes share a family.
LEAST_TEXT = 0.006
LEAST_CODES = 0.5

# What the two companies have had with each other is worth, and how much of an offering's word a past award
# or a meeting about a need is.
HISTORY = {"awarded": 1.0, "sold": 1.0, "expected": 0.8, "interested": 0.6, "met": 0.4}
PAST = {"awarded": 1.0, "met": 0.5}

TIE_SEED = b"encadena-1"
