"""Compiled: single machine instructions on words of bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from numba.core import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable


def _ones(_: Any, word: Any) -> Any:
    return word(word), lambda _, builder, __, values: builder.ctpop(values[0])


def _lowest(_: Any, word: Any) -> Any:
    return word(word), lambda context, builder, _, values: builder.cttz(values[0], _defined(context))


def _leading(_: Any, word: Any) -> Any:
    return word(word), lambda context, builder, _, values: builder.ctlz(values[0], _defined(context))


def _defined(context: Any) -> Any:
    """Tells LLVM that a word without any bit is no mistake."""
    return context.get_constant(types.boolean, 0)


# How many bits are set; the place of the lowest one (64: none is); how many above the highest are not set.
ones = cast("Callable[[int], int]", intrinsic(_ones))
lowest = cast("Callable[[int], int]", intrinsic(_lowest))
leading = cast("Callable[[int], int]", intrinsic(_leading))
