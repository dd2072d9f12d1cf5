"""The portal's rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal.model import (
    Account,
    ApiKey,
    Caller,
    Company,
    Membership,
    check_removal,
    fingerprint,
    new_secret,
    plain_email,
    token_roles,
    token_scope,
)
from shared.errors import Conflict, Forbidden, Invalid

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
DAIRY = Company("dairy", "Lácteos El Prado", ["supplier"])


def account(*roles: str) -> Account:
    return Account("a1", 1, "ana@prado.co", "Ana", "es", list(roles), NOW)


def key(company_id: str | None) -> ApiKey:
    return ApiKey("k1", "f", "ek_abcd", "ERP", "a1", company_id, NOW)


def member(name: str, role: str) -> Membership:
    return Membership(name, 1, name, "dairy", role, NOW)


@pytest.mark.parametrize("written", [" Ana.Ruiz@Prado.CO ", "ana.ruiz@prado.co"])
def test_an_address_is_found_however_it_is_written(written: str) -> None:
    assert plain_email(written) == "ana.ruiz@prado.co"


@pytest.mark.parametrize(
    "written",
    ["", "ana", "ana@", "@prado.co", "ana@prado", "ana ruiz@prado.co", "a@b@prado.co",
     "Ana <ana@prado.co>", "ana@prado.co, eva@prado.co", "ana@prado.co\nBcc: x@y.co",
     "a" * 250 + "@prado.co", "ana@prado.co\x00"],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as refused:
        plain_email(written)
    assert refused.value.faults[0].field == "email"


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_refused(written: str) -> None:
    try:
        email = plain_email(written)
    except Invalid:
        return
    assert email == plain_email(email)
    assert len(email.splitlines()) == 1


def test_a_secret_has_256_bits_and_is_not_kept_itself() -> None:
    secret = new_secret()
    assert len(secret) == 43
    assert new_secret() != secret
    assert secret not in fingerprint(secret)


def test_a_person_without_company_has_only_their_own_roles() -> None:
    assert token_roles(Caller(account()), None) == []
    assert token_roles(Caller(account("organizer")), None) == ["organizer"]


def test_a_person_who_acts_for_a_company_has_its_roles_as_well() -> None:
    assert token_roles(Caller(account("organizer")), DAIRY) == ["organizer", "supplier"]


def test_a_key_of_a_company_has_nothing_of_its_persons_own_roles() -> None:
    caller = Caller(account("admin"), key("dairy"))
    assert token_roles(caller, DAIRY) == ["supplier"]
    assert token_roles(caller, None) == []


def test_a_key_of_a_company_is_for_that_company_named_or_not() -> None:
    caller = Caller(account(), key("dairy"))
    assert token_scope(caller, None) == "dairy"
    assert token_scope(caller, "dairy") == "dairy"
    with pytest.raises(Forbidden):
        token_scope(caller, "bakery")


def test_the_last_owner_stays_while_there_are_members() -> None:
    owner, other = member("ana", "owner"), member("eva", "member")
    with pytest.raises(Conflict):
        check_removal(owner, [owner, other])
    check_removal(other, [owner, other])
    check_removal(owner, [owner])
