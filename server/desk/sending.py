"""What a form of the ticket's page does: a move, a split, or an answer to a request."""

from server import incidents
from server.desk import forms, wording
from server.desk.dates import end_of_day
from server.desk.forms import Typed
from server.incidents import MAX_WORDS, Incident
from server.kit.clock import day
from server.kit.errors import Invalid, Missing
from server.kit.store import Work
from server.staff import Person


def send(work: Work, person: Person, incident_id: int, typed: Typed, version: int) -> Incident:
    """Make the move, or split the ticket; returns the ticket to show next.

    `version` is the one the page showed. Raises as `incidents.move` and `incidents.split`.
    """
    incident = incidents.visible(work, incident_id, person)
    if typed.move not in forms.SHAPES:
        raise Invalid(f"没有这一步：{typed.move[:20]}")
    wording.check_length(typed)
    if typed.move == "split":
        return incidents.split(
            work,
            incident_id,
            person,
            version=version,
            category=typed.category,
            place=typed.place,
            words=typed.words,
            photos=typed.photos,
        )
    asked = forms.SHAPES[typed.move].fields
    said = wording.complete(work, incident, typed)
    return incidents.move(
        work,
        incident_id,
        typed.move,
        person,
        version=version,
        note=typed.note if "note" in asked else "",
        reply=said.reply if "reply" in asked else "",
        desk=typed.desk,
        into=typed.into,
        letter=said.letter if "letter" in asked else "",
        until=end_of_day(typed.until, work.now) if "until" in asked else None,
        body=typed.body,
        assignee=_account(typed.assignee),
        category=typed.category,
        level=typed.level,
        place=typed.place,
    )


def settle(work: Work, person: Person, incident_id: int, request_id: int, answer: str, note: str) -> Incident:
    """Answer a request of this ticket. Raises `Missing` (another ticket's), `Invalid`, and as `incidents.approve`."""
    incident = incidents.visible(work, incident_id, person)
    if all(one.id != request_id for one in incidents.requests_of(work, incident.id)):
        raise Missing("没有这个申请")
    if answer == "approve":
        return incidents.approve(work, request_id, person)
    if answer == "decline":
        length = len(incidents.plain(note, 10 * 1000 * 1000))
        if length > MAX_WORDS:
            raise Invalid(f"原因最多 {MAX_WORDS} 个字，现在有 {length} 个")
        return incidents.decline(work, request_id, person, note)
    if answer == "withdraw":
        return incidents.withdraw(work, request_id, person)
    raise Invalid("没有这个回答")


def was_sent(work: Work, person: Person, incident_id: int, typed: Typed, version: int) -> bool:
    """Whether this very form was taken already, as the last thing that happened: a second tap, not a second person."""
    incident = incidents.visible(work, incident_id, person)
    move = typed.move
    if move not in forms.SHAPES or incident.version != version + 1:
        return False
    last = incidents.history(work, incident_id)[-1]
    if (last.by, last.role) != (person.name, person.role_label) or last.move not in {move, f"request:{move}"}:
        return False
    said = wording.complete(work, incident, typed)
    note, until = incidents.plain(typed.note, MAX_WORDS), wording.until_of(typed, work.now)
    if last.move != move and until is not None:
        note = f"到 {day(until)}：{note}"
    now = {
        "note": last.note == note,
        "reply": last.reply == incidents.plain(said.reply, MAX_WORDS) or last.move != move,
        "desk": str(incident.desk) == typed.desk,
        "body": incident.body == incidents.plain(typed.body, 40),
        "assignee": incident.assignee == _account(typed.assignee),
        "category": incident.category == typed.category,
        "level": str(incident.level) == typed.level,
        "place": typed.place in {"", incident.place},
    }
    return all(now.get(name, True) for name in forms.SHAPES[move].fields)


def _account(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 15 else None
