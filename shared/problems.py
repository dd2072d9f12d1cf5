"""Errors as `application/problem+json` (RFC 9457), in the reader's language, all faults at once."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, g, jsonify, request

from shared import errors
from shared.errors import DomainError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.exceptions import HTTPException

_STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (errors.Invalid, 422),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.Stale, 412),
    (errors.Forbidden, 403),
    (errors.Unauthenticated, 401),
    (errors.TooMany, 429),
    (errors.Unavailable, 503),
)

# What marshmallow says (in English only), with a stable code and the Spanish for it.
_SAID: tuple[tuple[str, str, str], ...] = (
    (r"Missing data for required field\.", "required", "Falta este dato."),
    (r"Field may not be null\.", "required", "Este dato no puede estar vacío."),
    (r"Unknown field\.", "unknown_field", "Este campo no existe; quítelo o corrija su nombre."),
    (r"Not a valid (?:string|text)\.", "wrong_type", "Debe ser un texto."),
    (r"Not a valid integer\.", "wrong_type", "Debe ser un número entero."),
    (r"Not a valid number\.", "wrong_type", "Debe ser un número."),
    (r"Not a valid boolean\.", "wrong_type", "Debe ser verdadero o falso."),
    (r"Not a valid list\.", "wrong_type", "Debe ser una lista."),
    (r"Not a valid mapping type\.|Invalid input type\.", "wrong_type", "Debe ser un objeto."),
    (r"Not a valid date\.", "wrong_type", "Debe ser una fecha, como 2027-03-31."),
    (r"Not a valid datetime\.", "wrong_type", "Debe ser fecha y hora, como 2027-03-31T14:00:00-05:00."),
    (r"Not a valid time\.", "wrong_type", "Debe ser una hora, como 14:00."),
    (r"Not a valid email address\.", "wrong_email", "Debe ser un correo electrónico."),
    (r"Not a valid URL\.", "wrong_url", "Debe ser una dirección de internet (https://…)."),
    (r"Not a valid UUID\.", "wrong_id", "Debe ser un identificador."),
    (r"Special numeric values.*", "wrong_type", "Debe ser un número finito."),
    (r"Must be one of: (.*)\.", "not_allowed", "Debe ser uno de: {0}."),
    (r"Must be greater than or equal to (\S+)(?: and less than or equal to (\S+))?\.", "out_of_range",
     "Debe estar entre {0} y {1}."),
    (r"Must be less than or equal to (\S+)\.", "out_of_range", "Debe ser {0} o menos."),
    (r"Must be greater than (\S+)\.", "out_of_range", "Debe ser más de {0}."),
    (r"Length must be between (\d+) and (\d+)\.", "wrong_length", "Debe tener entre {0} y {1}."),
    (r"Longer than maximum length (\d+)\.", "too_long", "Es demasiado largo; el máximo es {0}."),
    (r"Shorter than minimum length (\d+)\.", "too_short", "Es demasiado corto; el mínimo es {0}."),
    (r"Invalid JSON body\.", "invalid_json", "El cuerpo no es JSON. Revise comillas, comas y llaves."),
    (r"String does not match expected pattern\.", "wrong_form", "No tiene la forma que se espera."),
)  # fmt: skip


def language() -> str:
    """The reader's language: `es` or `en`, by the Accept-Language header."""
    return request.accept_languages.best_match(["es", "en"], default="es") or "es"


def answer(error: DomainError) -> Response:
    """The answer for a rule that says no."""
    return _problem(next((s for kind, s in _STATUS if isinstance(error, kind)), 422), error.faults)


def answer_http(error: HTTPException) -> Response:
    """The answer for what the framework refused: bad bodies, unknown addresses, too much data."""
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages")
    if messages:
        faults = tuple(_faults(messages))
        if any(fault.code == "invalid_json" for fault in faults):
            status = 400
        if status in {400, 422} and request.content_length and not request.is_json:
            status, faults = 415, (_FRAMEWORK[415],)
        return _problem(status, faults)
    fault = _FRAMEWORK.get(status)
    phrase = HTTPStatus(status).phrase
    response = _problem(status, (fault or Fault(phrase.lower().replace(" ", "_"), phrase, phrase),))
    if error.response is not None or status == 405:
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
    return response


_FRAMEWORK = {
    400: Fault("bad_request", "La solicitud no se entiende.", "The request can't be understood."),
    404: Fault("no_such_address", "Esta dirección no existe.", "There is no such address."),
    405: Fault("method_not_allowed", "Esta dirección no admite ese método.",
               "This address does not take that method."),
    413: Fault("too_large", "Es demasiado grande. Envíelo en partes o use la importación.",
               "This is too large. Send it in parts or use the import."),
    415: Fault("not_json", "Envíe JSON, con «Content-Type: application/json».",
               "Send JSON, with “Content-Type: application/json”."),
    500: Fault("internal_error", "Algo falló de nuestro lado. Intente de nuevo; si sigue, cite el "
               "número de la solicitud.",
               "Something failed on our side. Try again; if it goes on, quote the request id."),
    503: Fault("unavailable", "El servicio no responde ahora. Intente de nuevo en un momento.",
               "The service does not answer now. Try again in a moment."),
}  # fmt: skip
UNAVAILABLE = errors.Unavailable("unavailable", _FRAMEWORK[503].es, _FRAMEWORK[503].en)
INTERNAL = _FRAMEWORK[500]


def answer_bug() -> Response:
    """The answer for an error of ours, which says nothing of its inside."""
    return _problem(500, (INTERNAL,))


def _problem(status: int, faults: tuple[Fault, ...]) -> Response:
    spanish = language() == "es"
    told: list[dict[str, Any]] = [
        {"code": f.code, "detail": f.es if spanish else f.en, "field": f.field} for f in faults
    ]
    body = {
        "type": f"urn:encadena:problem:{faults[0].code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        **told[0],
        "request_id": g.get("request_id"),
        "faults": told,
    }
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    response.headers["Content-Language"] = language()
    response.headers["Vary"] = "Accept-Language"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="encadena"'
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _faults(messages: Any, path: tuple[str, ...] = ()) -> Iterator[Fault]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            outermost = not path and name in {"json", "query", "headers", "path", "form"}
            yield from _faults(inner, path if outermost or name == "_schema" else (*path, str(name)))
    elif isinstance(messages, list):
        for message in messages:
            yield from _faults(message, path)
    elif isinstance(messages, Fault):
        own = (messages.field,) if messages.field else ()
        yield replace(messages, field=".".join((*path, *own)) or None)
    else:
        yield _fault(str(messages), ".".join(path) or None)


def _fault(message: str, field: str | None) -> Fault:
    for pattern, code, spanish in _SAID:
        found = re.fullmatch(pattern, message)
        if found:
            if found.re.groups == 2 and found[2] is None:
                return Fault(code, f"Debe ser {found[1]} o más.", message, field)
            return Fault(code, spanish.format(*found.groups()), message, field)
    return Fault("invalid", message, message, field)
