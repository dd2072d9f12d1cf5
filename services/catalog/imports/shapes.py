"""The fields of a line in the shape of a record, as lenient as the sources are untidy."""

from __future__ import annotations

import re
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from services.catalog.model.places import department_code
from shared.errors import Fault

R = TypeVar("R", bound=msgspec.Struct)

_SPANISH = (
    (r"Expected `(.*)`, got `(.*)`", "wrong_type", "Debe ser {0}, no {1}."),
    (r"Object missing required field `(.*)`", "required", "Falta el dato «{0}»."),
    (r"Object contains unknown field `(.*)`", "unknown_field", "El campo «{0}» no existe; quítelo."),
    (r"Invalid RFC3339 encoded date", "wrong_type", "Debe ser una fecha, como 2027-03-31."),
)
_TYPES = {
    "str": "un texto",
    "int": "un número entero",
    "float": "un número",
    "bool": "verdadero o falso",
    "array": "una lista",
    "object": "un objeto",
    "date": "una fecha",
    "null": "vacío",
}


def loosened(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with departments by code, whatever they are called, and lists where one code stands."""
    loose = dict(fields)
    place = loose.get("place")
    if isinstance(place, str):
        loose["place"] = {"department": _department(place)}
    elif isinstance(place, dict) and isinstance(place.get("department"), str):
        loose["place"] = {**place, "department": _department(place["department"])}
    for name in ("unspsc", "ciiu", "regions_served", "roles", "preferred_sizes"):
        if isinstance(loose.get(name), str):
            loose[name] = [loose[name]]
    regions = loose.get("regions_served")
    if isinstance(regions, list):
        loose["regions_served"] = [_department(each) for each in regions]
    return loose


def _department(named: Any) -> Any:
    return (department_code(named) or named) if isinstance(named, str) else named


def shaped(
    record: type[R], fields: dict[str, Any], *, strict: bool
) -> tuple[R | None, dict[str, Any], list[Fault]]:
    """The record (None if its form is wrong), the values whose form is right, and the faults of the others.

    Not `strict` means that numbers and dates may be written as text.
    """
    try:
        made = msgspec.convert(fields, record, strict=strict)
    except (msgspec.ValidationError, OverflowError):
        values, found = _one_by_one(record, fields, strict)
        return None, values, found
    return made, msgspec.structs.asdict(made), []


def _one_by_one(
    record: type[msgspec.Struct], fields: dict[str, Any], strict: bool
) -> tuple[dict[str, Any], list[Fault]]:
    known = {field.name: field for field in msgspec.structs.fields(record)}
    values: dict[str, Any] = {}
    found = [
        wrong_form(f"Object missing required field `{name}`", name)
        for name, field in known.items()
        if field.required and name not in fields
    ]
    for name, value in fields.items():
        if name not in known:
            found.append(wrong_form(f"Object contains unknown field `{name:.40}`", f"{name:.40}"))
            continue
        converted, faults = _converted(value, known[name].type, name, strict)
        found += faults
        if not faults:
            values[name] = converted
    return values, found


def _converted(value: Any, kind: Any, name: str, strict: bool) -> tuple[Any, list[Fault]]:
    if get_origin(kind) is list and isinstance(value, list):
        parts = [
            _converted(each, get_args(kind)[0], f"{name}.{number}", strict)
            for number, each in enumerate(value)
        ]
        return [part for part, _ in parts], [fault for _, faults in parts for fault in faults]
    try:
        return msgspec.convert(value, kind, strict=strict), []
    except (msgspec.ValidationError, OverflowError) as error:
        return None, [wrong_form(str(error), name)]


def wrong_form(message: str, field: str) -> Fault:
    """The fault for what msgspec says of a field, with the path of the part that it means."""
    said, _, path = message.partition(" - at `$")
    field += re.sub(r"\[(\d+)\]", r".\1", path.removesuffix("`"))
    for pattern, code, spanish in _SPANISH:
        match = re.fullmatch(pattern, said)
        if match:
            told = [
                " o ".join(_TYPES.get(kind, kind) for kind in part.split(" | ")) for part in match.groups()
            ]
            return Fault(code, spanish.format(*told), f"{said}.", field)
    return Fault("wrong_type", "No tiene la forma que se espera.", f"{said}.", field)


def _in_spanish(types: str) -> str:
    return " o ".join(_TYPES.get(kind, kind) for kind in types.split(" | "))
