"""What a played scene proves: promises that hold for every report, each checked where it can be seen. Pure.

What no program can judge is left to the reader: `Finding.good` is None, and the sentence says what was seen.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import escape
from PIL import Image

from gateway.contract.categories import Level
from server import categories, routing
from server.incidents import NEW, Incident
from server.rehearsal.performers import TYPED, Scene
from server.rehearsal.playing import URGENT, called, text_of
from server.routing import Routed
from server.routing.scenarios import differences

SOON_MS = 10_000
"""DOMAIN: two channels within ten seconds."""
LEAST_SAID = 6
"""Shorter words may stand on a page by chance."""

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SECRETS = {
    "a plate": re.compile(rf"[{_PROVINCES}][A-Z][·\s]?[A-Z0-9]{{5,6}}"),
    "a telephone number": re.compile(r"(?<!\d)1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"),
    "a flat": re.compile(r"(?<=楼)\s?\d{3,4}(?!\d)"),
    "a link": re.compile(r"https?://\S+|www\.\S+|(?<![a-z])[a-z]+\.(?:top|com|cn)"),
    "a call to everybody": re.compile(r"@(?:all|所有人)"),
    "markup": re.compile(r"<\s*\w+[^>]*>"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `good` None: seen, not judged."""

    what: str
    good: bool | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything about one scene. It is as expected when nothing `differs`."""

    scene: Scene
    findings: tuple[Finding, ...]
    differs: tuple[str, ...]


def judge(scene: Scene) -> Verdict:
    """Compare with what was expected, and check the promises."""
    findings = tuple(_refused(scene) if scene.scenario.refused else _taken(scene))
    differs = [] if scene.routed is None else list(differences(scene.scenario, scene.routed, scene.day))
    if scene.trouble:
        differs.append(scene.trouble)
    elif scene.routed is None and not scene.scenario.refused:
        differs.append(f"no ticket (HTTP {scene.status})")
    return Verdict(scene, findings, (*differs, *(f"not so: {one.what}" for one in findings if one.good is False)))


def _refused(scene: Scene) -> Iterator[Finding]:
    yield Finding("refused at the door, in plain words", scene.status == 422 and 'role="alert"' in scene.refusal)
    yield Finding("no ticket of it", not scene.tickets)
    typed = scene.scenario.arrival.words or TYPED
    yield Finding("what was typed is still there", str(escape(typed)) in scene.refusal)


def _taken(scene: Scene) -> Iterator[Finding]:
    if scene.routed is None or scene.ticket is None:
        return
    yield from _door(scene, scene.routed, scene.ticket)
    yield from _alarms(scene, scene.routed, scene.ticket)
    yield from _messages(scene)
    yield from _pages(scene, scene.routed)
    yield from _seen(scene)


def _door(scene: Scene, routed: Routed, ticket: Incident) -> Iterator[Finding]:
    one = scene.scenario
    kind = categories.shipped().get(scene.category)
    if one.arrival.channel == "device":
        yield Finding(f"alike facts: {len(scene.tickets)} ticket", len(scene.tickets) == 1)
        yield Finding("waits for a person's word (待复核)", ticket.state == "unconfirmed")
    else:
        yield Finding("sent twice, taken once", scene.again == scene.receipts[-1])
        yield Finding("nobody closed it", ticket.state in NEW)
    if scene.form and not scene.sent:
        yield Finding("taken without a photo", scene.status == 303)
    if kind is not None and kind.calls and scene.form:
        ahead = all(f'href="tel:{number}"' in scene.form for number in kind.calls)
        yield Finding(f"{'/'.join(kind.calls)} stands on the form before it is sent", ahead)
    if routed.level in URGENT:
        yield Finding("waits in no queue", routed.target != routing.QUEUE)


def _alarms(scene: Scene, routed: Routed, ticket: Incident) -> Iterator[Finding]:
    level, rang = routed.level, [line for line in scene.first_log if line.good]
    if level not in URGENT:
        if routed.target == routing.QUEUE or (not scene.working and ticket.channel != "device"):
            yield Finding("nobody is woken", not rang)
        return
    soon = {line.channel for line in rang if line.at - scene.started <= SOON_MS}
    yield Finding("two channels within 10 s", len(soon) >= 2)
    if level is Level.P0:
        yield Finding("duty, backup, director and guard together", scene.ladder <= called(rang))
    else:
        kept = scene.duty <= called(rang) and scene.backup <= called(scene.log)
        yield Finding("the duty officer at once, the backup at 3 min", kept)
    yield Finding("again every 60 s until somebody accepts", any("第 2 次" in text for text in _texts(scene)))
    if ticket.channel != "device":
        told = "已接单" in scene.accepted_page and "已接单" not in scene.waiting_page
        yield Finding("the reporter sees 已接单 after the tap, not before", told)


def _messages(scene: Scene) -> Iterator[Finding]:
    texts = _texts(scene)
    if not texts:
        return
    bodies = [body for some in scene.messages.values() for body in some]
    plain = all('"msgtype":"text"' in body.replace(" ", "") and "/photos/" not in body for body in bodies)
    yield Finding("no picture in any message", plain)
    said = f"{scene.scenario.arrival.place}\n{scene.scenario.arrival.words}"
    for name, pattern in _SECRETS.items():
        found = [part for part in pattern.findall(said) if part.strip()]
        if found:
            yield Finding(
                f"no {name.partition(' ')[2]} in any message", not any(one in t for one in found for t in texts)
            )


def _pages(scene: Scene, routed: Routed) -> Iterator[Finding]:
    words = scene.scenario.arrival.words.strip()
    if routed.calls:
        numbers = all(f"tel:{number}" in scene.receipt_page for number in routed.calls)
        yield Finding(f"the receipt offers {'/'.join(routed.calls)}", numbers)
    yield Finding("the receipt opens without a login", scene.receipts[-1][:4] in scene.receipt_page)
    if words and words != str(escape(words)):
        shown = str(escape(words)) in scene.ticket_page and words not in scene.ticket_page
        yield Finding("kept as it was typed, shown escaped", shown)
    if len(words) >= LEAST_SAID:
        yield Finding("not a word of it on the kiosk's screen", words not in scene.shown)
    plate = str(scene.scenario.fields.get("plate") or "")
    if plate:
        yield Finding("no plate on the kiosk's screen", plate not in scene.shown)
    if scene.photos:
        yield Finding("photos are served without EXIF", not any(_notes_in(one) for one in scene.photos))


def _seen(scene: Scene) -> Iterator[Finding]:
    kind = categories.shipped().get(scene.category)
    if len(scene.receipts) > 1:
        yield Finding(f"{len(scene.receipts)} reports have become {len(scene.tickets)} tickets", None)
    if kind is not None and kind.advice:
        yield Finding(f"the form advises: {kind.advice}", None)
    if kind is not None and kind.second_look_days:
        yield Finding(f"looked at again {kind.second_look_days} days after closing", None)
    if scene.sent and scene.status == 303:
        yield Finding(f"photos on the ticket: {len(scene.photos)}; with the report: {scene.sent}", None)


def _texts(scene: Scene) -> list[str]:
    return [text_of(body) for some in scene.messages.values() for body in some]


def _notes_in(photo: bytes) -> bool:
    with Image.open(io.BytesIO(photo)) as picture:
        return bool(dict(picture.getexif()))
