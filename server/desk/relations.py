"""Tickets tied to this one: merged, split, looking alike. Only what this person may see has a link and its words."""

from dataclasses import dataclass

from server import duplicates, incidents
from server.incidents import STAGES, STATES, Incident
from server.kit.store import Work
from server.staff import Person

SUGGESTIONS = 6


@dataclass(frozen=True, slots=True)
class Other:
    """A ticket tied to this one; without a link when it is not for this person's eyes."""

    incident: Incident
    state: str
    linked: bool
    receipt: str = ""
    """What its reporter reads on the receipt, in one word."""
    reasons: tuple[str, ...] = ()
    """Why it looks like the same thing."""


@dataclass(frozen=True, slots=True)
class Relations:
    """`leading`: the ticket that carries this one on. `origin`: the one it was split from."""

    leading: Other | None
    merged: tuple[Other, ...]
    origin: Other | None
    split: tuple[Other, ...]
    similar: tuple[Other, ...]


def relations(work: Work, incident: Incident, person: Person, *, may_merge: bool) -> Relations:
    """Everything this ticket is tied to; lookalikes only for those who could merge it."""
    leading = incidents.leading(work, incident)
    origin = None if incident.split_from is None else incidents.get(work, incident.split_from)
    return Relations(
        leading=None if leading.id == incident.id else _other(leading, person, leading),
        merged=tuple(_other(one, person, leading) for one in incidents.merged_here(work, incident.id)),
        origin=None if origin is None else _other(origin, person),
        split=tuple(_other(one, person) for one in incidents.split_here(work, incident.id)),
        similar=_similar(work, incident, person) if may_merge else (),
    )


def _similar(work: Work, incident: Incident, person: Person) -> tuple[Other, ...]:
    return tuple(
        _other(one.incident, person, reasons=one.reasons)
        for one in duplicates.suggest(work, incident, SUGGESTIONS)
        if incidents.may_see(one.incident, person)
    )


def _other(incident: Incident, person: Person, leading: Incident | None = None, reasons: tuple[str, ...] = ()) -> Other:
    return Other(
        incident,
        STATES[incident.state],
        incidents.may_see(incident, person),
        "" if leading is None else receipt_says(leading),
        reasons,
    )


def receipt_says(leading: Incident) -> str:
    """What stands at the head of every receipt of this ticket."""
    if leading.state == "shelved":
        return "现在办不了"
    if leading.state == "transferred":
        return f"已转给{leading.body or '别的单位'}"
    number = incidents.stage(leading.state)
    return STATES[leading.state] if number is None else STAGES[number]
