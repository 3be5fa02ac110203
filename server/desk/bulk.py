"""Several tickets at once: each is its own attempt, and the answer says which were moved, which were not, and why."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from server import incidents
from server.desk.rows import URGENT
from server.incidents import Incident
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import Site
from server.kit.store import Work
from server.staff import Person

log = structlog.get_logger()

MOST = 100
TOGETHER = (
    "claim", "file", "confirm", "dispatch", "assign", "done", "verify", "close", "merge", "supervise", "note", "reject",
    "false_alarm",
)  # fmt: skip
"""The moves that can be made for several, in the order they are offered. What needs an approval is asked for singly."""
REJECTING = frozenset({"reject", "false_alarm"})


@dataclass(frozen=True, slots=True)
class Pick:
    """A ticket that was chosen, with the version that its row showed."""

    ticket: int
    version: int

    def __str__(self) -> str:
        return f"{self.ticket}.{self.version}"


@dataclass(frozen=True, slots=True)
class Given:
    """What was typed, for all of them."""

    note: str = ""
    reply: str = ""
    desk: str = ""
    into: str = ""
    assignee: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one ticket. `incident` as it is now; None: no longer in this person's sight. `why`: not moved."""

    pick: Pick
    incident: Incident | None
    why: str


def read(typed: Iterable[str]) -> list[Pick]:
    """`17.3`, several in one text or in many; what makes no sense counts as not said, twice as once."""
    found: dict[int, Pick] = {}
    for word in (word for text in typed for word in text.split()):
        ticket, _, version = word.partition(".")
        if _is_number(ticket) and _is_number(version):
            found.setdefault(int(ticket), Pick(int(ticket), int(version)))
    return list(found.values())


def why_not(incident: Incident, name: str) -> Refused | None:
    """What is never done to several at once, whatever the table says."""
    if name in REJECTING and incident.level in URGENT:
        return Refused("P0、P1 不能成批不受理，请一张一张看")
    return None


def can(incident: Incident, person: Person) -> set[str]:
    """The moves that this person could make of a ticket together with others."""
    return {
        name for name in incidents.offered(incident, person) if name in TOGETHER and why_not(incident, name) is None
    }


def seen(work: Work, person: Person, picks: Sequence[Pick]) -> dict[int, Incident]:
    """Those of the tickets that are for this person's eyes."""
    found = incidents.find(work, person.communities, ids=[one.ticket for one in picks], limit=max(1, len(picks)))
    return {one.id: one for one in found if incidents.may_see(one, person)}


def move(site: Site, person: Person, name: str, picks: Sequence[Pick], given: Given) -> list[Outcome]:
    """Make one move of each ticket, each in a transaction of its own: an alarm that comes in does not wait for all.

    Raises `Invalid`: no such move, nothing or too much chosen.
    """
    if name not in TOGETHER:
        raise Invalid("这一步不能成批办")
    if not picks:
        raise Invalid("请先勾选工单")
    if len(picks) > MOST:
        raise Invalid(f"一次最多 {MOST} 张，你选了 {len(picks)} 张")
    return [_one(site, person, name, pick, given) for pick in picks]


def _one(site: Site, person: Person, name: str, pick: Pick, given: Given) -> Outcome:
    try:
        with site.store.work() as work:
            incident = incidents.visible(work, pick.ticket, person)
            _check(work, incident, name, pick, given)
            moved = incidents.move(
                work,
                pick.ticket,
                name,
                person,
                version=pick.version,
                note=given.note,
                reply=given.reply,
                desk=given.desk,
                into=given.into,
                assignee=int(given.assignee) if _is_number(given.assignee) else None,
            )
            return Outcome(pick, moved, "")
    except Missing as gone:
        return Outcome(pick, None, gone.sentence)
    except sqlite3.OperationalError:
        # The disk is full, or somebody holds the lock: those before this one are moved, and must be answered for.
        log.exception("a ticket could not be moved", ticket=pick.ticket, move=name)
        return Outcome(pick, None, "没有存下来，请过一会儿再试")
    except Fault as refusal:
        with site.store.look() as look:
            return Outcome(pick, seen(look, person, [pick]).get(pick.ticket), refusal.sentence)


def _check(work: Work, incident: Incident, name: str, pick: Pick, given: Given) -> None:
    refusal = why_not(incident, name)
    if refusal is not None:
        raise refusal
    if name == "merge" and given.into.strip().upper() == incident.number:
        raise Refused("别的并进了这一张")


def offered(found: Iterable[Incident], person: Person) -> dict[str, int]:
    """move → how many of these tickets it can be made of; those that fit none are left out."""
    counts = dict.fromkeys(TOGETHER, 0)
    for incident in found:
        for name in can(incident, person):
            counts[name] += 1
    return {name: n for name, n in counts.items() if n}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:19]) < 2**62
