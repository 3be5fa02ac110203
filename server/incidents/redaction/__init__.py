"""A reporter's own words, on their request: given as a copy, or taken out of the ticket and of its history.

The history is append-only; this is the one place that writes into it, see `records.rewrite_steps`. What happened
and when stays, what the reporter said goes, and a line says that it went.
"""

import json
from collections.abc import Callable
from dataclasses import replace

from server.incidents import journal, lifecycle
from server.incidents.events import IncidentMoved
from server.incidents.journal import By
from server.incidents.records import get, history
from server.incidents.redaction import records
from server.incidents.redaction.records import Texts
from server.incidents.rules import Incident, Step
from server.kit.clock import beijing
from server.kit.personal import ERASED, Erasing, Exporting, number_remover
from server.kit.site import Site
from server.kit.store import Work
from server.stations import called
from server.stations import known as find_station

_PLACE = "地点"


def export(work: Work, event: Exporting) -> None:
    """What the person reported, what was answered, and where else their number stands."""
    for number in sorted(event.subject.tickets):
        incident = get(work, number)
        if incident is None:
            continue
        event.add("上报", [_report(work, incident)])
        event.add(
            "经过", [row for step in history(work, number) if (row := _told(incident, step.at, step)) is not None]
        )
    for number in sorted(event.subject.mentions):
        incident = get(work, number)
        if incident is not None and _holds(work, incident, number_remover(event.subject.phone)):
            row = {"工单": incident.number, "收到": _moment(incident.received)}
            event.add("提到这个号码的工单", [row])


def erase(work: Work, event: Erasing) -> None:
    """Take out the person's words, and their number wherever it stands. Done twice, it is done once."""
    for number in sorted(event.subject.tickets | event.subject.mentions):
        incident = get(work, number)
        if incident is not None:
            _erase(work, incident, event, own=number in event.subject.tickets)


def reword_facts(site: Site) -> None:
    """Chore: what was taken out of a ticket leaves the mailbox too. In another file, so after the deletion's commit."""
    with site.store.look() as look:
        waiting = [incident for number in records.rewordings(look) if (incident := get(look, number)) is not None]
    for incident in waiting:
        site.mailbox.reword(incident.client_id, incident.words, incident.place)
        with site.store.work() as work:
            records.reworded(work, incident.id)


def _erase(work: Work, incident: Incident, event: Erasing, *, own: bool) -> None:
    without = number_remover(event.subject.phone)
    words = ERASED if own and incident.words else without(incident.words)
    steps, requests = records.steps(work, incident.id), records.requests(work, incident.id)
    typed = _typed_place(work, incident, steps) if own else ""
    place = ERASED if typed and incident.place == typed else without(incident.place)
    reply = without(incident.reply)
    new_steps = [_redacted(one, without, typed, own=own) for one in steps]
    new_requests = [replace(one, note=without(one.note), reply=without(one.reply)) for one in requests]
    changed = [new for new, old in zip(new_steps, steps, strict=True) if new != old]
    asked = [new for new, old in zip(new_requests, requests, strict=True) if new != old]
    count = (words != incident.words) + (place != incident.place) + (reply != incident.reply) + len(changed)
    count += len(asked)
    if not count:
        return
    records.rewrite(work, incident.id, words, place, reply)
    records.rewrite_steps(work, changed)
    records.rewrite_requests(work, asked)
    event.counts["上报人的话" if own else "提到的号码"] += count
    if incident.channel == "kiosk":
        records.to_reword(work, incident.id)
    # Compared with itself, or the line would repeat what has just been taken out.
    left = journal.stored(work, incident.id)
    journal.write(work, left, By(event.by, event.by_name, event.role), "redact", left, note=f"本人要求，{count} 处")
    work.tell(IncidentMoved(left, "redact", left, by=event.by))
    journal.announce(work, left)


def _redacted(step: Texts, without: Callable[[str], str], typed: str, *, own: bool) -> Texts:
    said = own and step.by_reporter and step.note
    changes = [
        [field, *(ERASED if field == _PLACE and typed and value == typed else without(value) for value in values)]
        for field, *values in json.loads(step.changes or "[]")
    ]
    return replace(
        step,
        note=ERASED if said else without(step.note),
        reply=without(step.reply),
        changes=json.dumps(changes, ensure_ascii=False) if changes else step.changes,
    )


def _typed_place(work: Work, incident: Incident, steps: list[Texts]) -> str:
    """The place as the reporter put it, before anybody corrected it; empty when it is one of the station's spots."""
    first = next(
        (old for step in steps for field, old, _ in json.loads(step.changes or "[]") if field == _PLACE),
        incident.place,
    )
    station = find_station(work, incident.station)
    offered = (*station.spots, f"{station.name}旁") if station else ()
    return "" if first in {*offered, "无", ERASED} else first


def _holds(work: Work, incident: Incident, without: Callable[[str], str]) -> bool:
    lines = [*records.steps(work, incident.id), *records.requests(work, incident.id)]
    texts = [incident.words, incident.place, incident.reply, *(t for one in lines for t in (one.note, one.reply))]
    return any(without(text) != text for text in texts)


def _report(work: Work, incident: Incident) -> dict[str, str]:
    return {
        "工单": incident.number, "回执": incident.receipt, "类别": incident.kind.label,
        "小站": called(work, incident.station),
        "时间": _moment(incident.at), "状态": lifecycle.STATES[incident.state], "地点": incident.place,
        "原话": incident.words, "最近的答复": incident.reply,
    }  # fmt: skip


def _told(incident: Incident, at: int, step: Step) -> dict[str, str] | None:
    """A line of the history as far as it concerns its reporter: their own words, and what they were told."""
    own = step.note if step.by in records.REPORTERS else ""
    row = {
        "工单": incident.number,
        "时间": _moment(at),
        "谁": step.role or step.by,
        "做了什么": lifecycle.past(step.move),
    }
    return {**row, "你说的": own, "告诉你的": step.reply}


def _moment(at: int) -> str:
    return beijing(at).isoformat(timespec="seconds")
