"""The shipped weights of the score.

BM25's k1 and b as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
(2009); b is low because titles are short. The length is compared with a fixed pivot (a usual title after
its stop words) and not with the average of the day, so that what an offering's words weigh never depends
on who else is in the index.
"""

K1 = 1.2
B = 0.4
PIVOT_LENGTH = 10.0
# Saying a word more often than this adds nothing, which keeps stuffed texts from winning.
MAX_COUNT = 3
# A word said once in the shortest text weighs 1.
FULL_WEIGHT = (K1 + 1) / (1 + K1 * (1 - B + B / PIVOT_LENGTH))

WEIGHTS = {"text": 0.60, "place": 0.18, "codes": 0.12, "requirements": 0.10}

# What each further fitting offering adds of what is still missing to a full text score, halved each time.
BREADTH = 0.2
BREADTH_OFFERINGS = 6

# A need keeps its rarest terms; more of them cost time and change nothing in the first places.
MAX_TERMS = 64
# So many offerings nearest in text vote on the codes of a need that states none.
NEIGHBOURS = 20
# Below this a shared word or two are chance: no candidate, unless stated codes share a family.
LEAST_TEXT = 0.03
LEAST_CODES = 0.5

TIE_SEED = b"encadena-1"
