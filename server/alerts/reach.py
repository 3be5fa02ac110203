"""Whom a call or a memo reaches now, over which channels, and when something that wakes nobody may be said."""

from collections.abc import Collection, Sequence

import structlog

from server import calendar, people, routing
from server.alerts.setup import Line
from server.incidents import Incident
from server.kit.clock import MINUTE_MS, midnight
from server.kit.store import Work
from server.people import Contact
from server.staff import ROLES as STAFF_ROLES

log = structlog.get_logger()

NOBODY = Contact("room", "值班室")
"""Stands in when the rota and the accounts name nobody: the groups are called all the same."""


def quiet_until(work: Work, community: str, at: int, *, morning: bool) -> int:
    """When something that wakes nobody may be told: now in working hours; else (or `morning`) when they next begin."""
    hours = calendar.working_time(work, community)
    if hours.is_open(at):
        if not morning:
            return at
        at = midnight(at) + hours.hours.closes * MINUTE_MS
    return hours.add_working(at, 1) - 1


def holders(work: Work, community: str, target: str) -> tuple[Contact, ...]:
    """Those behind a post, a desk, a unit, a role or a person now; empty when there is nobody."""
    try:
        with work.attempt():
            return people.holders(work, community, target, work.now)
    except Exception:
        # A broken rota must not silence an alarm: whoever is in the groups hears it.
        log.exception("the rota could not be read", community=community, target=target)
        return ()


def reached(work: Work, community: str, told: str, incident: Incident) -> tuple[Contact, ...]:
    """Those behind one name of a rule's `also` now."""
    try:
        with work.attempt():
            return routing.reach(work, community, told, work.now, incident.place, incident.words)
    except Exception:
        log.exception("somebody to be told could not be found", community=community, told=told)
        return ()


def still_here(work: Work, community: str, who: str) -> bool:
    """Whether somebody who was called may still act: the account works, the contact was not removed."""
    return who == NOBODY.key or bool(people.holders(work, community, who, work.now))


def person(work: Work, community: str, who: str) -> Contact | None:
    """Somebody who was called before, as they can be reached now; None when they have left."""
    found = (NOBODY,) if who == NOBODY.key else holders(work, community, who)
    return found[0] if found else None


def ways(contact: Contact, lines: Sequence[Line], community: str, roles: Collection[str]) -> dict[str, tuple[str, str]]:
    """channel → address and mention of somebody, in the order of preference."""
    found = {}
    for line in lines:
        if not line.serves(community, roles):
            continue
        channel = line.channel
        if channel.group:
            found[channel.name] = ("", contact.wecom if channel.kind == "wecom" else "")
        else:
            address = {"sms": contact.sms, "email": contact.email}.get(channel.kind, "")
            if address:
                found[channel.name] = (address, "")
    return found


def label(role: str) -> str:
    """A role, a post, a unit or a name of a rule's `also`, in words."""
    return STAFF_ROLES.get(role) or people.POSTS.get(role) or routing.TOLD.get(role) or people.UNITS.get(role, "")


def roles(words: str) -> set[str]:
    """The codes behind a label: a channel may be for some roles only."""
    return {code for code in (*STAFF_ROLES, *people.POSTS, *people.UNITS) if label(code) == words} | {"desk"}
