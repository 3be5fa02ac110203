"""The moves of a ticket as forms: what each asks, in which order they stand, and what somebody has typed. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from server import incidents
from server.desk.dates import is_typed_day, typed_day
from server.incidents import MOVES, Incident
from server.replies import Choice
from server.staff import Person


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody put into a form, word for word; kept when the move was refused."""

    move: str = ""
    note: str = ""
    reply: str = ""
    desk: str = ""
    into: str = ""
    letter: str = ""
    on_screen: bool = True
    until: str = ""
    body: str = ""
    assignee: str = ""
    category: str = ""
    level: str = ""
    place: str = ""
    words: str = ""
    photos: tuple[int, ...] = ()

    @property
    def plain_until(self) -> bool:
        """Whether the date must stand in a plain field, because a browser's date field would drop it."""
        return bool(self.until) and not is_typed_day(self.until)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a move looks. `fields` in order; without any it is one button. `why` heads the note."""

    icon: str
    fields: tuple[str, ...] = ()
    why: str = ""
    hint: str = ""
    key: str = ""
    """The key that leads to it."""


SHAPES: Mapping[str, Shape] = {
    "confirm": Shape("circle-check"),
    "false_alarm": Shape("circle-off", ("note", "reply"), "怎么看出是误报"),
    "file": Shape("circle-check"),
    "dispatch": Shape("send", ("desk", "note", "reply"), "要说明的"),
    "done": Shape("tools", ("note",), "怎么处理的"),
    "handback": Shape("arrow-back-up", ("note",), "为什么不归这里管"),
    "verify": Shape("clipboard-check"),
    "return": Shape("arrow-back-up", ("note", "reply"), "哪里还不行"),
    "close": Shape("mail-heart", ("reply", "letter")),
    "look_ok": Shape("circle-check"),
    "recur": Shape("refresh", ("note",), "现场是什么样"),
    "extend": Shape("clock", ("until", "note", "reply"), "为什么要延", "到这一天的最后一刻，时限跟着改。"),
    "shelve": Shape("hourglass", ("until", "note", "reply"), "为什么现在办不了", "到了这一天，自动恢复办理。"),
    "resume": Shape("refresh"),
    "transfer": Shape(
        "external-link", ("body", "until", "note", "reply"), "转什么，找了谁", "到这一天，提醒去问进展。"
    ),
    "recall": Shape("arrow-back-up", ("note",), "为什么收回来"),
    "reject": Shape("forbid", ("note", "reply"), "为什么不受理"),
    "merge": Shape("git-merge", ("into", "note", "reply"), "说明", key="m"),
    "unmerge": Shape("arrow-back-up", ("note",), "为什么不是同一件事"),
    "void": Shape("trash", ("note", "reply"), "为什么作废"),
    "reopen": Shape("refresh", ("note", "reply"), "为什么重开"),
    "refile": Shape("refresh", ("note",), "为什么重新立案"),
    "supervise": Shape("speakerphone", ("note",), "督办什么"),
    "claim": Shape("user"),
    "assign": Shape("users", ("assignee", "note"), "要说明的", key="a"),
    "correct": Shape("pencil", ("category", "level", "place", "note"), "为什么改"),
    "split": Shape("plus", ("category", "place", "words", "photos")),
    "word": Shape("message-circle", ("reply",), key="r"),
    "note": Shape("lock", ("note",), "备注", key="n"),
}
"""Every move of the table that stands here as a form, and `split`; asking and links outside have their own place."""

LEADS = {
    "unconfirmed": "confirm", "reported": "file", "filed": "dispatch", "dispatched": "done", "done": "verify",
    "verified": "close", "transferred": "done",
}  # fmt: skip
"""The one likely next step of a state; what is shelved waits for its day."""
RARE = ("extend", "shelve", "transfer", "correct", "split", "supervise", "unmerge", "reopen", "refile", "void")
OWNER = ("claim", "assign")
"""These stand at the top, beside who has the ticket in hand."""
LOOKS = ("look_ok", "recur")
DAYS = {"extend": 3, "shelve": 30, "transfer": 7}
"""How many days ahead a date field begins."""
LOST = {
    "note": "只给同事看的话", "reply": "给骑手的话", "letter": "感谢信", "into": "并入", "until": "日期",
    "body": "转给", "place": "地点", "words": "说明",
}  # fmt: skip
SAME_THING = "同一件事"
CLOSING = "已经处理好了，谢谢你告诉我们。"


@dataclass(frozen=True, slots=True)
class Preview:
    """What others will read once the form is sent."""

    reply: str
    letter: str
    role: str
    """Who says it on the receipt, where nobody has a name."""
    sender: str
    """Whose name stands under the letter."""
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One move as a form. `refused` when it was just tried in vain; `approvers` whose word it needs, by name."""

    name: str
    label: str
    shape: Shape
    typed: Typed
    required: frozenset[str]
    telling: bool
    """Whether there is a reporter to tell something."""
    approval: bool = False
    approvers: str = ""
    choices: tuple[Choice, ...] = ()
    letters: tuple[Choice, ...] = ()
    preview: Preview | None = None
    refused: bool = False
    opened: bool = False

    @property
    def quick(self) -> bool:
        """One button, nothing to write."""
        return not self.shape.fields

    def has(self, name: str) -> bool:
        """Whether it shows this field."""
        return name in self.shape.fields and (name != "reply" or self.telling)


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of a ticket as they stand on the page."""

    lead: Form | None = None
    usual: tuple[Form, ...] = ()
    rare: tuple[Form, ...] = ()
    owner: tuple[Form, ...] = ()
    looks: tuple[Form, ...] = ()

    @property
    def any_in_column(self) -> bool:
        """Whether there is anything to do besides taking it in hand."""
        return bool(self.lead or self.usual or self.rare)


def names(incident: Incident, person: Person) -> list[str]:
    """What this person can do now, as far as it stands here."""
    found = [name for name in incidents.offered(incident, person) if name in SHAPES]
    if person.triages and incident.state in incidents.OPEN:
        found.append("split")
    return found


def blank(incident: Incident, name: str, now: int, letter: str) -> Typed:
    """A form nobody has written into yet. `letter`: what is suggested for the screen."""
    return Typed(
        move=name,
        note=SAME_THING if name == "merge" else "",
        reply=CLOSING if name == "close" else "",
        desk=str(incident.desk) if name == "dispatch" else "",
        letter=letter if name == "close" else "",
        until=typed_day(now, DAYS[name]) if name in DAYS else "",
        category=incident.category,
        level=str(incident.level),
        place=incident.place,
        words=incident.words if name == "split" else "",
    )


def label(incident: Incident, name: str) -> str:
    """What the button says here and now."""
    if name == "split":
        return "拆分"
    if name == "dispatch" and incident.state == "dispatched":
        return "改派"
    if name == "done" and incident.state == "transferred":
        return "对方办好了"
    return MOVES[name].label


def arrange(incident: Incident, found: Collection[Form], look_due: bool) -> Forms:
    """The calm order: what was just tried, else the likely step; then the usual ones; the rare ones folded away."""
    by_name = {form.name: form for form in found}
    tried = next((form for form in found if form.opened and form.name not in OWNER), None)
    usual_lead = by_name.get(LEADS.get(incident.state, ""))
    lead = tried or usual_lead
    looks = tuple(form for form in found if look_due and form.name in LOOKS and form is not lead)
    owner = tuple(form for form in found if form.name in OWNER)
    rest = [form for form in found if form is not lead and form not in looks and form not in owner]
    if usual_lead in rest:
        rest.sort(key=lambda form: form is not usual_lead)
    return Forms(
        lead=lead,
        usual=tuple(form for form in rest if form.name not in RARE),
        rare=tuple(sorted((form for form in rest if form.name in RARE), key=lambda form: RARE.index(form.name))),
        owner=owner,
        looks=looks,
    )


def telling(incident: Incident) -> bool:
    """Whether somebody reads a receipt: nobody does for what a device found."""
    return incident.channel != "device"


def filled(typed: Typed, choice: Choice, known: Collection[str]) -> Typed:
    """The form with a template put in; what somebody wrote themselves stays in front of it."""
    name = "letter" if choice.letter else "reply"
    before = str(getattr(typed, name)).strip()
    if choice.text_filled in before:
        return typed
    own = before and before not in known
    text = f"{before}\n{choice.text_filled}" if own else choice.text_filled
    return replace(typed, letter=text) if choice.letter else replace(typed, reply=text)


def lost(typed: Typed, offered: Collection[str], before: Typed) -> tuple[tuple[str, str], ...]:
    """What was typed into a form that is offered no more: label and text. `before`: as the form began."""
    if not typed.move or typed.move in offered:
        return ()
    return tuple(
        (words, text)
        for name, words in LOST.items()
        if (text := str(getattr(typed, name))).strip() and text != getattr(before, name)
    )
