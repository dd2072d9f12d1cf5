"""Tax numbers, each checked by the rules of its country."""

from __future__ import annotations

from typing import Any

import msgspec
from stdnum.ar import cuit
from stdnum.br import cnpj
from stdnum.cl import rut as cl_rut
from stdnum.co import nit
from stdnum.cr import cpj
from stdnum.do import rnc
from stdnum.ec import ruc as ec_ruc
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.gt import nit as gt_nit
from stdnum.mx import rfc
from stdnum.pe import ruc as pe_ruc
from stdnum.py import ruc as py_ruc
from stdnum.sv import nit as sv_nit
from stdnum.uy import rut as uy_rut
from stdnum.ve import rif

from shared.errors import Fault, Invalid

SCHEMES: dict[str, Any] = {
    "AR-CUIT": cuit,
    "BR-CNPJ": cnpj,
    "CL-RUT": cl_rut,
    "CO-NIT": nit,
    "CR-CPJ": cpj,
    "DO-RNC": rnc,
    "EC-RUC": ec_ruc,
    "GT-NIT": gt_nit,
    "MX-RFC": rfc,
    "PE-RUC": pe_ruc,
    "PY-RUC": py_ruc,
    "SV-NIT": sv_nit,
    "UY-RUT": uy_rut,
    "VE-RIF": rif,
}
_LONGEST = 40


class TaxNumber(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tax number under its scheme, such as CO-NIT; `number` includes the check digit."""

    scheme: str
    number: str


def normalized(tax: TaxNumber) -> TaxNumber:
    """The number without dots, dashes and spaces. Raises Invalid with the field inside the number."""
    module = SCHEMES.get(tax.scheme)
    if module is None:
        listed = ", ".join(SCHEMES)
        raise Invalid(
            "unknown_tax_scheme",
            f"No se conoce ese tipo de número tributario; use uno de: {listed}.",
            f"There is no such kind of tax number; use one of: {listed}.",
            "scheme",
        )
    try:
        if len(tax.number) > _LONGEST:
            raise ValidationError
        return TaxNumber(scheme=tax.scheme, number=module.validate(tax.number))
    except InvalidChecksum as error:
        raise Invalid(
            "wrong_check_digit",
            f"El dígito de verificación de este {tax.scheme} no corresponde; revise el número completo.",
            f"The check digit of this {tax.scheme} does not fit; check the whole number.",
            "number",
        ) from error
    except ValidationError as error:
        raise Invalid(
            "wrong_tax_number",
            f"No tiene la forma de un {tax.scheme}; escríbalo completo, con su dígito de verificación.",
            f"It does not look like a {tax.scheme}; write all of it, with its check digit.",
            "number",
        ) from error


def faults(tax: TaxNumber, field: str) -> list[Fault]:
    """What is wrong with a tax number."""
    try:
        normalized(tax)
    except Invalid as error:
        return [Fault(fault.code, fault.es, fault.en, f"{field}.{fault.field}") for fault in error.faults]
    return []
