"""Due notices become messages in people's boxes and mails to be sent."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, cast

from services.notifications.model import (
    DIGEST_LINES,
    DIGEST_NAMES,
    MESSAGES_KEPT,
    NOTICE_LIFE,
    Kind,
    Notice,
    Reader,
    State,
    Wording,
    missed,
    readers_of,
    settle,
    urgency,
)
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.notifications.store import NotificationsStore
    from shared.contracts import portal
    from shared.contracts.base import Event

BATCH = 100


def put_up_sign_in(store: NotificationsStore, event: Event) -> None:
    """The one mail that carries a secret. It is deleted when sent, and at its expiry at the latest."""
    asked = cast("portal.SignInRequested", event.data)
    delivery = _delivery(Wording.SIGN_IN, asked.account_id, event.time, asked.expires_at)
    minutes = max(1, ceil((asked.expires_at - event.time).total_seconds() / 60))
    delivery |= {
        "facts": {"name": asked.name, "minutes": minutes},
        "link": asked.link,
        "email": asked.email,
        "name": asked.name,
        "language": asked.language,
        "forget_at": asked.expires_at,
    }
    store.add_deliveries([delivery])


def tell_digests(store: NotificationsStore, now: datetime) -> bool:
    """Turn gathered matches that are due into notices. True when there may be more."""
    return bool(store.due_digests(now, 1)) and _tell_digests(store, now)


def tell_notices(store: NotificationsStore, now: datetime) -> bool:
    """Tell due notices to whoever acts for their companies now. True when there may be more."""
    return bool(store.due_notices(now, 1)) and _tell_notices(store, now)


@transactional
def _tell_digests(store: NotificationsStore, now: datetime) -> bool:
    due = store.due_digests(now, BATCH)
    notices = []
    for digest in due:
        kind, company_id = Kind(digest["kind"]), digest["company_id"]
        rows = store.take_gathered(kind, company_id, now)
        if rows:
            notices.append(_digest_notice(store, kind, company_id, rows, now))
    store.add_notices(notices)
    return len(due) == BATCH


@transactional
def _tell_notices(store: NotificationsStore, now: datetime) -> bool:
    due = store.due_notices(now, BATCH)
    people = store.readers({notice.company_id for notice, _ in due} - {""})
    people[""] = store.readers_alone({n.delegate_id for n, _ in due if n.delegate_id and not n.company_id})
    facts_of = [notice.facts for notice, _ in due]
    names = store.company_names({f["counterpart_id"] for f in facts_of if "counterpart_id" in f})
    asking = {notice.subject for notice, _ in due if notice.wording is Wording.OUTCOME_DUE}
    not_held = store.missed_meetings(asking)
    messages, deliveries, settled = [], [], []
    for notice, told in due:
        readers = readers_of(notice, people[notice.company_id], told)
        asked_in_vain = notice.wording is Wording.OUTCOME_DUE and notice.subject in not_held
        outcome = missed(notice, now) if asked_in_vain else settle(notice, readers, told, now)
        settled.append(outcome)
        facts = _with_name(notice.facts, names)
        for reader in readers if outcome.told else []:
            messages.append(_message(notice, reader, facts, now))
            if notice.wording.kind not in reader.switched_off:
                mail = _delivery(notice.wording, reader.account_id, now, notice.open_until)
                mail |= {"company_id": reader.company_id, "subject": notice.subject, "facts": facts}
                deliveries.append(mail)
    store.add_messages(messages)
    store.add_deliveries(deliveries)
    store.settle_notices(settled)
    return len(due) == BATCH


def _digest_notice(
    store: NotificationsStore, kind: Kind, company_id: str, rows: list[dict[str, Any]], now: datetime
) -> Notice:
    shown = rows[:DIGEST_LINES]
    if kind is Kind.NEW_SUPPLIERS:
        total = len({supplier for row in rows for supplier in row["suppliers"]})
        named = {supplier for row in shown for supplier in row["suppliers"][:DIGEST_NAMES]}
    else:
        total = len(rows)
        named = {row["anchor_id"] for row in shown}
    names = store.company_names(named)
    needs = [_line(row, names) for row in shown]
    return Notice(
        id=new_id(),
        wording=Wording(kind.value),
        company_id=company_id,
        subject=f"{kind}:{company_id}",
        facts={"total": total, "needs": needs, "more": len(rows) - len(shown)},
        due_at=now,
        open_until=now + NOTICE_LIFE,
    )


def _line(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    suppliers = row["suppliers"]
    known = [names[supplier] for supplier in suppliers[:DIGEST_NAMES] if supplier in names]
    return {
        "need_id": row["need_id"],
        "title": row["need_title"],
        "count": len(suppliers),
        "names": known,
        "anchor": names.get(row["anchor_id"]),
    }


def _with_name(facts: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    if "counterpart_id" in facts:
        return {**facts, "counterpart": names.get(facts["counterpart_id"])}
    return facts


def _message(notice: Notice, reader: Reader, facts: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "_id": new_id(),
        "account_id": reader.account_id,
        "company_id": reader.company_id,
        "kind": str(notice.wording.kind),
        "wording": str(notice.wording),
        "subject": notice.subject,
        "facts": facts,
        "created_at": now,
        "read_at": None,
        "forget_at": now + MESSAGES_KEPT,
    }


def _delivery(wording: Wording, account_id: str, now: datetime, expires_at: datetime) -> dict[str, Any]:
    return {
        "_id": new_id(),
        "account_id": account_id,
        "kind": str(wording.kind),
        "wording": str(wording),
        "state": str(State.PENDING),
        "urgency": urgency(wording.kind),
        "tries": 0,
        "created_at": now,
        "due_at": now,
        "expires_at": expires_at,
        "forget_at": expires_at + MESSAGES_KEPT,
    }
