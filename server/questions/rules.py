"""What a question to the reporter is, who can still answer it, and how an answer reads in the history. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from server.incidents import ENDED, Incident, plain
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.errors import Invalid
from server.thresholds import Threshold

MAX_QUESTION = 200
MAX_WORDS = 500
MOST_CHOICES = 4
MAX_CHOICE = 20
MOST_PHOTOS = 3
_BETWEEN = re.compile(r"[、,，;；/|｜\n]")

HOURS = Threshold("question_hours", "等骑手回答", "小时", 24, 1, 168)
LATE_MS = 30 * DAY_MS
"""So long after its deadline an answer is still taken; the ticket went on without it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question on a ticket. `state` one of `STATES`; times are UTC milliseconds, `until` its deadline."""

    id: int
    incident: int
    text: str
    choices: tuple[str, ...]
    at: int
    by_id: int | None
    by_name: str
    role: str
    until: int
    state: str
    settled: int | None
    choice: str
    words: str
    photos: int
    late: bool


STATES = {
    "open": "等骑手回答",
    "answered": "骑手回答了",
    "lapsed": "到时间没有回答",
    "withdrawn": "已撤回",
    "passed": "工单已经往下办了",
}

CLOSED_DOORS = {
    "answered": "这个问题已经回答过了，谢谢你。",
    "withdrawn": "这个问题已经撤回，不用回答了。",
    "newer": "后来又问了你一个新问题，请回答新的那个。",
    "ended": "这件事已经有结果了，问题不用回答了。",
    "gone": "这个问题过去太久了，不用回答了。有话请打值班电话。",
}


def standing(question: Question, leading: Incident, newest: int, now: int) -> str:
    """What an answer would be now: `open`, `late`, or a key of `CLOSED_DOORS`.

    `leading` carries the reporter's ticket on; `newest` is the last question on the reporter's own ticket.
    """
    if question.state in {"answered", "withdrawn"}:
        return question.state
    if question.id != newest:
        return "newer"
    if leading.state in ENDED:
        return "ended"
    if now > question.until + LATE_MS:
        return "gone"
    return "open" if question.state == "open" and now <= question.until else "late"


def deadline(asked: int, hours: int) -> int:
    """Until when somebody waits for the answer."""
    return asked + hours * HOUR_MS


def read_choices(typed: str) -> tuple[str, ...]:
    """The chips on one line: `还在、不在了`; commas, semicolons and strokes part them too."""
    return tuple(part for one in _BETWEEN.split(typed) if (part := one.strip()))


def clean_choices(typed: Sequence[str]) -> tuple[str, ...]:
    """The chips without blanks and repeats. Raises `Invalid`: too many, or too long for a chip."""
    chips = tuple(dict.fromkeys(chip for one in typed if (chip := plain(one, 200).replace("\n", " "))))
    if len(chips) > MOST_CHOICES:
        raise Invalid(f"选项最多 {MOST_CHOICES} 个")
    if any(len(chip) > MAX_CHOICE for chip in chips):
        raise Invalid(f"选项最长 {MAX_CHOICE} 个字")
    return chips


def told(choice: str, words: str, photos: int, late: bool) -> str:
    """The answer as one text."""
    said = "：".join(part for part in (choice, words) if part)
    pictures = f"照片 {photos} 张" if photos else ""
    answer = f"{said}（{pictures}）" if said and pictures else said or pictures
    return f"晚到的回答：{answer}" if late else answer
