"""Say a word to staff, take it back, and note that it was heard."""

from server.alerts.memos import records
from server.alerts.memos.records import Memo
from server.alerts.reach import quiet_until
from server.alerts.rules import DIGEST, RING
from server.kit.store import Work

GATHER_MS = 20_000
"""What is said within this goes out together: fifty late tickets are one message."""


def tell(work: Work, memo: Memo) -> int:
    """Queue a memo, in the transaction of what it tells; returns its number.

    Whoever it is for is looked up when it goes out: a memo of the night reaches those who are there in the morning.
    """
    if memo.manner == RING:
        return records.add(work, memo, True, work.now)
    moment = quiet_until(work, memo.community, work.now, morning=memo.manner == DIGEST)
    return records.add(work, memo, False, -(-moment // GATHER_MS) * GATHER_MS)


def withdraw(work: Work, incident: int, *keys: str) -> list[int]:
    """What was to be said about a ticket under these keys is no longer true; returns what nobody had heard yet."""
    found = records.open_of(work, incident, keys)
    records.end(work, [memo.id for memo in found])
    return [memo.id for memo in found if memo.times == 0]


def ringing_for(work: Work, incident: int, called: int) -> list[Memo]:
    """The memos that ring until one of those they called, such as this one, says that they have heard."""
    return [
        memo for memo in records.open_of(work, incident) if memo.manner == RING and called in memo.people
    ]  # fmt: skip


def heard(work: Work, incident: int, called: int) -> bool:
    """Somebody tapped their link: what rang for them about this ticket is quiet. False when nothing did."""
    found = ringing_for(work, incident, called)
    records.end(work, [memo.id for memo in found])
    return bool(found)
