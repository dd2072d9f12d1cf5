"""How the model for CP-SAT counts holes: by blocks of meetings, or between the first meeting and the last."""

from __future__ import annotations

from typing import Any


def by_blocks(model: Any, busy: list[Any], *, none: bool) -> Any:
    """The holes of a day of which it is open how many meetings it has: blocks, less one if there is any.

    `busy` says for each slot whether the person meets (None: they can't). With `none` there is no hole.
    """
    starts, before = [], None
    for now in busy:
        if now is not None:
            start = model.new_bool_var("") if before is not None else now
            if before is not None:
                model.add_bool_or(start, before, now.negated())
                model.add_implication(start, now)
                model.add_implication(start, before.negated())
            starts.append(start)
        before = now
    if none:
        model.add_at_most_one(starts)
        return 0
    met = model.new_bool_var("")
    model.add_max_equality(met, [literal for literal in busy if literal is not None])
    model.add(sum(starts) >= met)
    return sum(starts) - met


class Stay:
    """The only day of somebody whose number of meetings is known, from the first meeting to the last.

    `begun` says for each slot that there was a meeting by then, `ahead` that there is one then or later.
    Whoever has not begun by a slot has all meetings ahead, as many slots later as there are meetings, and
    without a hole the reverse holds, too: what the order of two slots says of a third is what the solver
    could not see in blocks. Literals in order for numbers as in Tamura et al., Compiling Finite Linear CSP
    into SAT (Constraints 14, 2009).
    """

    def __init__(self, model: Any, busy: list[Any], count: int, most: int | None) -> None:
        self.model, self.busy, self.count = model, busy, count
        slots = len(busy)
        self.begun, self.ahead = ([model.new_bool_var("") for _ in busy] for _ in range(2))
        limit = max(0, min(count - 1, slots - count))
        self.holes = [model.new_bool_var("") for _ in range(limit if most is None else min(limit, most))]
        for more, fewer in zip(self.holes[1:], self.holes, strict=False):
            model.add_implication(more, fewer)
        for slot in range(slots):
            self._add_order(slot)
            self._add_length(slot)
        idle = [self._idle(slot) for slot in range(slots)]
        self._count(idle)

    def _add_order(self, slot: int) -> None:
        """Who has begun has begun ever after; the first meeting begins it, and the last one ends it."""
        model, now = self.model, self.busy[slot]
        begun, ahead = self.begun[slot], self.ahead[slot]
        earlier, later = self.begun[slot - 1 : slot], self.ahead[slot + 1 : slot + 2]
        for literal in earlier:
            model.add_implication(literal, begun)
        for literal in later:
            model.add_implication(literal, ahead)
        if now is not None:
            model.add_implication(now, begun)
            model.add_implication(now, ahead)
        meets = [] if now is None else [now]
        model.add_bool_or(begun.negated(), *earlier, *meets)
        model.add_bool_or(ahead.negated(), *later, *meets)

    def _add_length(self, slot: int) -> None:
        """All meetings lie between the first and the last, and without a hole nothing else does."""
        end = slot + self.count
        if end >= len(self.busy):
            self.model.add(self.begun[slot] == 1)
        else:
            self.model.add_bool_or(self.begun[slot], self.ahead[end])
            self.model.add_bool_or(self.begun[slot].negated(), self.ahead[end].negated(), *self.holes[:1])
        if slot < self.count:
            self.model.add(self.ahead[slot] == 1)

    def _idle(self, slot: int) -> Any:
        """Whether there is no meeting in a slot between the first and the last."""
        now = 0 if self.busy[slot] is None else self.busy[slot]
        if not self.holes:
            self.model.add(self.begun[slot] + self.ahead[slot] - 1 == now)
            return 0
        idle = self.model.new_bool_var("")
        self.model.add(self.begun[slot] + self.ahead[slot] - 1 - now == idle)
        self.model.add_implication(idle, self.holes[0])
        return idle

    def _count(self, idle: list[Any]) -> None:
        """A hole begins where a meeting is followed by an idle slot."""
        if not self.holes:
            return
        begins = []
        for before, now in zip(self.busy, idle[1:], strict=False):
            if before is not None:
                hole = self.model.new_bool_var("")
                self.model.add_bool_or(hole, before.negated(), now.negated())
                self.model.add_implication(hole, before)
                self.model.add_implication(hole, now)
                begins.append(hole)
        self.model.add(sum(begins) == sum(self.holes))
