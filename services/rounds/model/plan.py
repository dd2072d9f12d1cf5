"""What an organizer plans: days of meetings, cut into slots, and where people meet."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from services.rounds.model.limits import AgendaRules
from services.rounds.model.rules import Rules
from shared.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

MODALITIES = ("virtual", "in_person", "hybrid")
MOST_SLOTS = 2000


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """A pause between two local times of a day."""

    starts: time
    ends: time


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day of meetings, in the round's local time. One that goes `past_midnight` ends on the next date."""

    on: date
    starts: time
    ends: time
    slot_minutes: int
    breaks: tuple[Break, ...] = ()
    past_midnight: bool = False

    def date_of(self, at: time) -> date:
        """The date on which a time of this day falls: before its start only after midnight."""
        return self.on + timedelta(days=self.past_midnight and at <= self.starts)

    def span(self, at: time) -> tuple[date, time]:
        """A time of this day as date and time, which come in order."""
        return (self.on, at) if at == self.starts else (self.date_of(at), at)


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A time to meet, in UTC; `on` is its local day, and `slot_id` comes from its start."""

    slot_id: str
    on: date
    starts_at: datetime
    ends_at: datetime


class RoundPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an organizer decides of a round before registration opens."""

    name: str
    sector: str
    modality: str
    time_zone: str
    days: tuple[Day, ...]
    tables: int | None = None
    room_base_url: str | None = None
    rules: Rules = Rules()
    agenda: AgendaRules = AgendaRules()


def slots_of(plan: RoundPlan, now: datetime) -> tuple[Slot, ...]:
    """The slots of all days, in order. Raises Invalid with every fault of the plan.

    The ends of days and breaks are local times; between them slots follow one another in real minutes, so
    that on a day on which clocks change there are as many as the day has time for.
    """
    faults = list(_place_faults(plan))
    if plan.time_zone not in available_timezones():
        faults.append(
            Fault(
                "unknown_time_zone",
                f"«{plan.time_zone}» no es una zona horaria; use una como America/Bogota.",
                f"“{plan.time_zone}” is not a time zone; use one such as America/Bogota.",
                "time_zone",
            )
        )
        raise Invalid.of(faults)
    zone = ZoneInfo(plan.time_zone)
    faults += _calendar_faults(plan, zone, now)
    if faults:
        raise Invalid.of(faults)
    slots: list[Slot] = []
    for number, day in enumerate(plan.days):
        found = _slots_of_day(day, zone)
        if not found:
            faults.append(_fault_of_day(number, "slot_minutes", _NO_SLOT))
        slots += found
    if len(slots) > MOST_SLOTS:
        faults.append(
            Fault(
                "too_many_slots",
                f"Son {len(slots)} horarios; una rueda admite {MOST_SLOTS}. Alargue las citas o quite días.",
                f"That makes {len(slots)} slots; a round takes {MOST_SLOTS}. Use longer meetings.",
                "days",
            )
        )
    if faults:
        raise Invalid.of(faults)
    return tuple(slots)


def _place_faults(plan: RoundPlan) -> Iterable[Fault]:
    if plan.modality in {"in_person", "hybrid"} and not plan.tables:
        yield Fault(
            "tables_missing",
            "Diga cuántas mesas hay: la rueda es presencial o híbrida.",
            "Say how many tables there are: the round is in person or hybrid.",
            "tables",
        )
    if plan.modality in {"virtual", "hybrid"} and not plan.room_base_url:
        yield Fault(
            "room_base_url_missing",
            "Dé la dirección base de las salas virtuales, por ejemplo https://meet.jit.si.",
            "Give the base address of the virtual rooms, such as https://meet.jit.si.",
            "room_base_url",
        )
    if plan.modality == "virtual" and plan.tables:
        yield Fault(
            "tables_in_a_virtual_round",
            "Una rueda virtual no tiene mesas; quite las mesas o elija otra modalidad.",
            "A virtual round has no tables; take them out or choose another modality.",
            "tables",
        )


_ENDS_EARLY = (
    "ends_before_it_starts",
    "La hora de fin debe ser posterior a la de inicio.",
    "The end must be after the start.",
)
_BAD_BREAK = (
    "break_outside_the_day",
    "La pausa debe empezar y terminar dentro de la jornada, en ese orden.",
    "The break must start and end within the day, in that order.",
)
_OVERLAP = (
    "days_overlap",
    "Este día empieza antes de que termine el anterior.",
    "This day starts before the one before it ends.",
)
_NO_SUCH_TIME = (
    "no_such_local_time",
    "Esa hora no existe ese día en esa zona: el reloj se adelanta. Elija otra.",
    "That time does not exist on that day in that zone: clocks go forward. Choose another.",
)
_NO_SLOT = (
    "no_slot_fits",
    "Ninguna cita de esa duración cabe en la jornada. Acorte la cita o alargue la jornada.",
    "No meeting of that length fits into the day. Make it shorter or the day longer.",
)
_OUT_OF_ORDER = (
    "days_out_of_order",
    "Los días deben ir en orden y sin repetirse.",
    "The days must be in order, each once.",
)


def _fault_of_day(number: int, field: str, words: tuple[str, str, str]) -> Fault:
    return Fault(*words, f"days.{number}.{field}")


def _calendar_faults(plan: RoundPlan, zone: ZoneInfo, now: datetime) -> Iterable[Fault]:
    for number, day in enumerate(plan.days):
        yield from (_fault_of_day(number, field, words) for field, words in _day_faults(day, zone))
        if number and day.on <= plan.days[number - 1].on:
            yield _fault_of_day(number, "on", _OUT_OF_ORDER)
        elif number and (day.on, day.starts) < _end_of(plan.days[number - 1]):
            yield _fault_of_day(number, "starts", _OVERLAP)
    # A round may begin today at an hour that has passed, so that it can be set up and played at once.
    if plan.days[-1].on < now.astimezone(zone).date():
        yield Fault(
            "round_in_the_past",
            "El último día de la rueda ya pasó. Elija hoy o una fecha posterior.",
            "The last day of the round is over. Choose today or a later date.",
            "days",
        )


def _end_of(day: Day) -> tuple[date, time]:
    return day.date_of(day.ends), day.ends


def _day_faults(day: Day, zone: ZoneInfo) -> Iterable[tuple[str, tuple[str, str, str]]]:
    begin, end = (day.on, day.starts), _end_of(day)
    if not begin < end <= (day.on + timedelta(days=1), day.starts):
        yield "ends", _ENDS_EARLY
    for field, (on, at) in (("starts", begin), ("ends", end)):
        if not _exists(on, at, zone):
            yield field, _NO_SUCH_TIME
    for position, pause in enumerate(day.breaks):
        if not begin <= day.span(pause.starts) < day.span(pause.ends) <= end:
            yield f"breaks.{position}", _BAD_BREAK


def _instant(on: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, at, zone).astimezone(UTC)


def _exists(on: date, at: time, zone: ZoneInfo) -> bool:
    return _instant(on, at, zone).astimezone(zone).time() == at


def _slots_of_day(day: Day, zone: ZoneInfo) -> list[Slot]:
    length = timedelta(minutes=day.slot_minutes)
    # Where an hour is repeated, an end means its second time round and a start its first.
    end = _instant(day.date_of(day.ends), day.ends.replace(fold=1), zone)
    pauses = sorted(
        (_instant(*day.span(p.starts), zone), _instant(day.date_of(p.ends), p.ends.replace(fold=1), zone))
        for p in day.breaks
    )
    slots: list[Slot] = []
    at = _instant(day.on, day.starts, zone)
    while at + length <= end:
        pause = next((p for p in pauses if p[0] < at + length and at < p[1]), None)
        if pause:
            at = pause[1]
            continue
        slots.append(Slot(slot_id=f"{at:%Y%m%dT%H%MZ}", on=day.on, starts_at=at, ends_at=at + length))
        at += length
    return slots
