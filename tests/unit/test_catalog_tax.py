"""Tax numbers of each scheme."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.co import nit

from services.catalog.model import tax
from services.catalog.model.tax import SCHEMES, TaxNumber

# Numbers of public bodies and large companies, or the examples of the standards.
GOOD = {
    "AR-CUIT": ("20-05536168-2", "20055361682"),
    "BR-CNPJ": ("16.727.230/0001-97", "16727230000197"),
    "CL-RUT": ("76.086.428-5", "760864285"),
    "CO-NIT": ("890.903.938-8", "8909039388"),
    "CR-CPJ": ("3-101-999999", "3101999999"),
    "DO-RNC": ("1-01-85004-3", "101850043"),
    "EC-RUC": ("1792060346-001", "1792060346001"),
    "GT-NIT": ("576937-K", "576937K"),
    "MX-RFC": ("GODE 561231 GR8", "GODE561231GR8"),
    "PE-RUC": ("20512333797", "20512333797"),
    "PY-RUC": ("80028061-0", "800280610"),
    "SV-NIT": ("0614-050707-104-8", "06140507071048"),
    "UY-RUT": ("21-100342-001-7", "211003420017"),
    "VE-RIF": ("V-11470283-4", "V114702834"),
}


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_a_number_is_kept_in_one_way_of_writing(scheme: str) -> None:
    written, kept = GOOD[scheme]
    assert tax.normalized(TaxNumber(scheme=scheme, number=written)).number == kept
    assert tax.faults(TaxNumber(scheme=scheme, number=kept), "tax_number") == []


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@given(text=st.text(max_size=60))
def test_any_text_is_a_number_or_refused_with_its_field(scheme: str, text: str) -> None:
    written = TaxNumber(scheme=scheme, number=text)
    found = tax.faults(written, "tax_number")
    assert {fault.code for fault in found} <= {"wrong_check_digit", "wrong_tax_number"}
    assert {fault.field for fault in found} <= {"tax_number.number"}
    if not found:
        kept = tax.normalized(written)
        assert tax.normalized(kept) == kept


@given(st.integers(10**7, 10**9 - 1), st.integers(0, 9))
def test_a_nit_has_one_good_check_digit(base: int, digit: int) -> None:
    good = str(digit) == nit.calc_check_digit(str(base))
    found = tax.faults(TaxNumber(scheme="CO-NIT", number=f"{base}-{digit}"), "tax_number")
    assert [fault.code for fault in found] == ([] if good else ["wrong_check_digit"])


def test_an_unknown_scheme_is_refused_with_those_that_are_known() -> None:
    (fault,) = tax.faults(TaxNumber(scheme="CO-CC", number="1"), "tax_number")
    assert (fault.code, fault.field) == ("unknown_tax_scheme", "tax_number.scheme")
    assert "CO-NIT" in fault.es
