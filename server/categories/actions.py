"""Editing the catalogue on the desk. What is stored is a new version; tickets keep the one they were made with."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from gateway import look
from gateway.contract.categories import Desk, Level
from server.categories import records
from server.categories.catalogue import AUTHOR, shipped
from server.categories.rules import Choice, Kind, Question, trouble
from server.kit.errors import Forbidden, Invalid, Refused
from server.kit.site import PanelChanged
from server.kit.store import Work
from server.staff import Person

EDITORS = frozenset({"director", "street", "district"})
"""One catalogue serves every community of the site, as the calendar does."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as typed; empty codes are made up. `choices`: (code, words, numbers to call)."""

    name: str = ""
    label: str = ""
    kind: str = "choice"
    choices: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A category as typed; numbers to call are parted by spaces. `version` is the one the page showed."""

    code: str = ""
    label: str = ""
    icon: str = "dots"
    level: str = "P3"
    desk: str = "duty"
    calls: str = ""
    advice: str = ""
    major: str = ""
    minor: str = ""
    serial: str = ""
    retention: str = "standard"
    visibility: str = "ticket"
    second_look_days: str = "0"
    phone: bool = True
    kiosk: bool = False
    photo: bool = True
    private: bool = False
    retired: bool = False
    questions: tuple[Asked, ...] = ()
    version: int = 0


def draft_of(kind: Kind) -> Draft:
    """A category as its form shows it."""
    return Draft(
        kind.code, kind.label, kind.icon, str(kind.level), str(kind.desk), " ".join(kind.calls), kind.advice,
        kind.major, kind.minor, kind.serial, kind.retention, kind.visibility, str(kind.second_look_days),
        kind.phone, kind.kiosk, kind.photo, kind.private, kind.retired,
        tuple(
            Asked(one.name, one.label, one.kind, tuple((c.value, c.label, " ".join(c.calls)) for c in one.choices))
            for one in kind.questions
        ),
        kind.version,
    )  # fmt: skip


def edit(work: Work, person: Person, draft: Draft) -> Kind:
    """Store a draft as a new version; the same words again change nothing.

    Raises `Invalid`, `Forbidden`, and `Refused` when somebody else saved it since the page was opened.
    """
    if person.role not in EDITORS:
        raise Forbidden("类别由主任或街道修改")
    kind = _read(draft)
    reason = trouble(kind, look.names(), shipped().get(kind.code))
    if reason:
        raise Invalid(reason)
    known = records.get(work, kind.code)
    if known is not None and known.version != draft.version and not _only_pinned(known, draft):
        raise Refused(
            f"{known.author} 刚改过“{known.label}”，现在是第 {known.version} 版。请看一眼，还要你的就再存一次。"
        )
    if known is not None and draft_of(known) == draft_of(replace(kind, version=known.version)):
        return known
    saved = records.save(work, kind, person.name)
    work.tell(PanelChanged("*"))
    return saved


def _read(draft: Draft) -> Kind:
    if draft.level not in set(Level) or draft.desk not in set(Desk):
        raise Invalid("请选级别和责任方")
    days = draft.second_look_days.strip() or "0"
    if not (days.isascii() and days.isdigit() and len(days) <= 3):
        raise Invalid("回头看的天数写数字")
    return Kind(
        code=draft.code.strip(), label=_plain(draft.label), level=Level(draft.level), desk=Desk(draft.desk),
        icon=draft.icon, calls=tuple(draft.calls.replace("，", " ").replace(",", " ").split()),
        advice=_plain(draft.advice), phone=draft.phone, kiosk=draft.kiosk, photo=draft.photo, private=draft.private,
        major=draft.major.strip(), minor=draft.minor.strip(), serial=draft.serial.strip(), retention=draft.retention,
        visibility=draft.visibility, second_look_days=int(days), retired=draft.retired,
        questions=_questions([one for one in draft.questions if _is_asked(one)]),
    )  # fmt: skip


def _only_pinned(known: Kind, draft: Draft) -> bool:
    # The first ticket of a category keeps it as version 1 as it was shipped: nobody has changed anything.
    return not draft.version and known.author == AUTHOR


def _is_asked(one: Asked) -> bool:
    return any(part.strip() for part in (one.name, one.label, *(word for choice in one.choices for word in choice[1:])))


def _questions(asked: Sequence[Asked]) -> tuple[Question, ...]:
    names = _codes([one.name for one in asked], "q")
    return tuple(
        Question(name, _plain(one.label), one.kind, _choices(one)) for name, one in zip(names, asked, strict=True)
    )


def _choices(one: Asked) -> tuple[Choice, ...]:
    typed = [choice for choice in one.choices if any(part.strip() for part in choice[1:])]
    if one.kind == "yes_no" and not typed:
        typed = [("yes", "是", ""), ("no", "不是", "")]
    values = _codes([value for value, _, _ in typed], "a")
    return tuple(
        Choice(value, _plain(label), tuple(calls.replace("，", " ").replace(",", " ").split()))
        for value, (_, label, calls) in zip(values, typed, strict=True)
    )


def _codes(given: Sequence[str], letter: str) -> list[str]:
    """Codes as they are, and `q1`, `q2`, … for those that have none yet."""
    taken = {one.strip() for one in given}
    fresh = (code for number in count(1) if (code := f"{letter}{number}") not in taken)
    return [one.strip() or next(fresh) for one in given]


def _plain(typed: str) -> str:
    return "".join(letter for letter in typed if unicodedata.category(letter)[0] != "C").strip()
