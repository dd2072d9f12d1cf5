"""The lives of offerings and needs."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.model.states import (
    EDITABLE,
    NEED_STATES,
    NEED_STEPS,
    OFFERING_STATES,
    OFFERING_STEPS,
    after,
    must_be_editable,
)
from shared.errors import Conflict

STEPS = ("publish", "withdraw", "close", "award", "cancel")


@given(st.lists(st.sampled_from(STEPS)), st.sampled_from([OFFERING_STEPS, NEED_STEPS]))
def test_no_steps_lead_out_of_the_known_states_or_back_to_a_draft(
    steps: list[str], table: dict[tuple[str, str], str]
) -> None:
    state = "draft"
    for step in steps:
        with suppress(Conflict):
            state = after(table, state, step)
            assert state != "draft"
        assert state in OFFERING_STATES + NEED_STATES


def test_a_need_is_published_and_then_closed_awarded_or_cancelled() -> None:
    assert after(NEED_STEPS, "draft", "publish") == "open"
    assert {after(NEED_STEPS, "open", step) for step in ("close", "award", "cancel")} == {
        "closed",
        "awarded",
        "cancelled",
    }


@pytest.mark.parametrize("state", sorted({*OFFERING_STATES, *NEED_STATES}))
def test_what_is_over_can_not_be_changed(state: str) -> None:
    if state in EDITABLE:
        must_be_editable(state)
    else:
        with pytest.raises(Conflict):
            must_be_editable(state)


@pytest.mark.parametrize("state", ["withdrawn", "awarded", "cancelled"])
@pytest.mark.parametrize("step", STEPS)
def test_nothing_leads_on_from_an_end(state: str, step: str) -> None:
    for table in (OFFERING_STEPS, NEED_STEPS):
        with pytest.raises(Conflict):
            after(table, state, step)
