"""From what people write to comparable stems: case, accents (also lost ones), plurals, endings.

Stems are Snowball's for Spanish (https://snowballstem.org/algorithms/spanish/stemmer.html) by PyStemmer.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import Stemmer

MAX_WORDS = 2_000

_WORD = re.compile(r"[^\W\d_]{2,}")
_MARKS = re.compile("[\u0300-\u036f]")
_STOP_WORDS = (
    "al ante bajo como con contra cual cuando de del desde donde durante el ella ellos en entre era es esta "
    "este estos estas esa ese eso fue ha han hasta hay la las le les lo los mas me mi muy ni no nos otra "
    "otro otros para pero por que quien se segun ser si sin sobre son su sus tambien tiene todo todos toda "
    "todas tu un una unas uno unos ya sera iva etc "
    "the and of for to in with or da do das dos em um uma os as na nos pelo pela"
)
# Every need says that it wants to buy; that makes nobody fit.
_BUYING_WORDS = (
    "compra compras comprar adquisicion adquirir contratar contrato contratacion requiere requieren "
    "proveedor proveedores objeto"
)
_STOP = frozenset(_STOP_WORDS.split()) | frozenset(_BUYING_WORDS.split())
_stemmer = Stemmer.Stemmer("spanish", 0)


def folded(text: str) -> str:
    """Lower case without accents: `CONSTRUCCIoN` and `Construcción` become the same."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    return _MARKS.sub("", unicodedata.normalize("NFKD", lowered))


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    # The stemmer knows the ending -ión with its accent only, and folded words have lost it.
    if word.endswith(("cion", "sion", "xion")):
        word = f"{word[:-2]}ón"
    return folded(_stemmer.stemWord(word))


def stems(text: str) -> list[str]:
    """The stems of a text in its order, without the words that carry no meaning, at most 2,000."""
    words = _WORD.findall(folded(text))
    return [_stem(word) for word in words[:MAX_WORDS] if word not in _STOP]
