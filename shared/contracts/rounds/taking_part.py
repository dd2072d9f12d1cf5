"""A round from its announcement to the requests of those who take part."""

from __future__ import annotations

from datetime import date

from shared.contracts.base import Payload, contract


class _Round(Payload, frozen=True, kw_only=True):
    round_id: str
    name: str
    sector: str
    modality: str
    time_zone: str
    starts_on: date
    ends_on: date
    organizer_id: str


@contract("rounds.registration_opened", key="round_id")
class RegistrationOpened(_Round, frozen=True, kw_only=True):
    """Companies can register. `modality` is virtual, in_person or hybrid."""


@contract("rounds.round_closed", key="round_id")
class RoundClosed(_Round, frozen=True, kw_only=True):
    """The round is over; outcomes can still be recorded."""


@contract("rounds.registration_made", key="registration_id")
class RegistrationMade(Payload, frozen=True, kw_only=True):
    """A company takes part. `side` is buyer or supplier.

    `waited`: it was not let in at once, but by the organizer's word or when a place came free.
    """

    registration_id: str
    round_id: str
    round_name: str
    company_id: str
    side: str
    waited: bool = False


@contract("rounds.registration_refused", key="registration_id")
class RegistrationRefused(Payload, frozen=True, kw_only=True):
    """The organizer does not let a company take part, for the reason given."""

    registration_id: str
    round_id: str
    round_name: str
    company_id: str
    side: str
    reason: str = ""


@contract("rounds.registration_withdrawn", key="registration_id")
class RegistrationWithdrawn(Payload, frozen=True, kw_only=True):
    """A company that asked to take part, or took part, does so no longer.

    `cause` is company (it said so itself), organizer or directory (it left the directory).
    """

    registration_id: str
    round_id: str
    round_name: str
    company_id: str
    side: str
    reason: str = ""
    cause: str = "company"
    company_name: str = ""
    organizer_id: str | None = None
    cancelled_meetings: int = 0


class _Request(Payload, frozen=True, kw_only=True):
    request_id: str
    round_id: str
    round_name: str
    from_company_id: str
    from_company_name: str
    to_company_id: str
    to_company_name: str
    need_id: str | None = None
    note: str = ""


@contract("rounds.meeting_requested", key="request_id")
class MeetingRequested(_Request, frozen=True, kw_only=True):
    """One company asks another one to meet in a round."""


@contract("rounds.request_accepted", key="request_id")
class RequestAccepted(_Request, frozen=True, kw_only=True):
    """The company that was asked wants to meet: from now on both may see each other's contacts."""


@contract("rounds.request_declined", key="request_id")
class RequestDeclined(_Request, frozen=True, kw_only=True):
    """The company that was asked does not want to meet."""


@contract("rounds.request_expired", key="request_id")
class RequestExpired(_Request, frozen=True, kw_only=True):
    """Nobody answered in time. `next_*` is the best company left to ask instead, if there is one."""

    next_company_id: str | None = None
    next_company_name: str | None = None
    next_need_id: str | None = None
    next_need_title: str | None = None
