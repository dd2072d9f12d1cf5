"""From what people write to comparable stems: case, accents (also lost ones), plurals, endings, short forms.

Stems are Snowball's for Spanish (https://snowballstem.org/algorithms/spanish/stemmer.html) by PyStemmer,
cut to six letters, so that `impresora` and `impresiones` meet; truncation is as good as stemming in many
languages (McNamee and Mayfield, "Character N-Gram Tokenization for European Language Text Retrieval", 2004).
Digits (process numbers, plates, years) mean nothing and are left out.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

import Stemmer

from services.matching.engine.lexicon import SHORT_FORMS, SYNONYMS

MAX_WORDS = 2_000
STEM_LETTERS = 6

_WORD = re.compile(r"[^\W\d_]{2,}")
_MARKS = re.compile("[\u0300-\u036f]")
# A letter that a program lost inside a word, as in CONSTRUCCI?N.
_LOST_LETTER = re.compile(r"(?<=[^\W\d_])[?\ufffd](?=[^\W\d_])")
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
    return _MARKS.sub("", unicodedata.normalize("NFKD", _read_again(lowered)))


def _read_again(text: str) -> str:
    """Repair UTF-8 that was read as Windows-1252, as in `construcciÃ³n`."""
    if "ã" not in text:
        return text
    try:
        return text.replace("ã", "Ã").encode("cp1252").decode("utf-8").lower()
    except UnicodeError:
        return text


@lru_cache(maxsize=200_000)
def stem_of(word: str) -> str:
    """The stem of a folded word."""
    word = SHORT_FORMS.get(word, word)
    # The stemmer knows the ending -ión with its accent only, and folded words have lost it.
    if word.endswith(("cion", "sion", "xion")):
        word = f"{word[:-2]}ón"
    return folded(_stemmer.stemWord(word))[:STEM_LETTERS]


def words(text: str) -> list[str]:
    """The folded words of a text in its order, without those that carry no meaning, at most 2,000."""
    found = _WORD.findall(_LOST_LETTER.sub("", folded(text)))
    return [word for word in found[:MAX_WORDS] if word not in _STOP]


def stems(text: str) -> list[str]:
    """The stems of a text's words."""
    return [stem_of(word) for word in words(text)]


@cache
def _meanings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in SYNONYMS.split("\n"):
        alike = list(dict.fromkeys(stem_of(word) for word in line.split()))
        for one in alike:
            found.setdefault(one, []).extend(other for other in alike if other != one)
    return found


def synonyms(stem: str) -> list[str]:
    """The stems of other words for the same thing."""
    return _meanings().get(stem, [])
