"""A category with all that hangs on it, its questions, and what an edit may not do. Pure."""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from gateway.contract.categories import GROUPS, Category, Desk, Level

RETENTIONS = {
    "person": "人：结案后 7 天删照片",
    "standard": "一般：结案后 30 天删照片",
    "evidence": "隐患：结案后 90 天删照片",
    "none": "不留照片",
}
"""What becomes of photos after closing; the numbers belong to the photos' settings."""

VISIBILITIES = {
    "duty": "值班和主任",
    "ticket": "工单上的人",
    "open": "可以写进公示（不带照片和人名）",
}

QUESTION_KINDS = {"choice": "选一个", "yes_no": "是或不是", "text": "一句话", "number": "数字", "plate": "车牌"}
MOST_QUESTIONS = 3
"""Chips a rider has to look at; more would cost the forty seconds there are."""
MOST_CHOICES = 5
MOST_ANSWER = 60

_CODE = re.compile(r"[a-z]{2,20}\.[a-z][a-z0-9_]{1,30}")
SAID = {
    "label": "名称", "level": "级别", "desk": "责任方", "icon": "图标", "calls": "先拨的电话", "advice": "提示",
    "phone": "手机上可选", "kiosk": "屏幕上可选", "photo": "拍照", "private": "关于人", "major": "国标大类",
    "minor": "国标小类", "serial": "国标序号", "retention": "照片留多久", "visibility": "谁能看",
    "second_look_days": "回头看", "questions": "问题", "retired": "停用",
}  # fmt: skip
"""What of a category can be changed, as staff read it."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,23}")
_CALL = re.compile(r"\d{3,12}")
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{1,3})?")
_NATIONAL = {"major": 2, "minor": 3, "serial": 5}


@dataclass(frozen=True, slots=True)
class Choice:
    """One chip. With `calls`, choosing it stops the form: the numbers come first."""

    value: str
    label: str
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Asked once its category is chosen; never required. Answers travel as `answer_<name>`."""

    name: str
    label: str
    kind: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind(Category):
    """A category of the catalogue. `version` 0: as shipped, and no ticket has used it yet.

    `major`, `minor`, `serial` are the city's code (2, 3 and 5 digits); empty until the city assigns them.
    """

    major: str = ""
    minor: str = ""
    serial: str = ""
    retention: str = "standard"
    visibility: str = "ticket"
    second_look_days: int = 0
    """After so many days somebody looks again; 0: nobody need."""
    questions: tuple[Question, ...] = ()
    retired: bool = False
    """No longer offered anywhere; old tickets keep it."""
    version: int = 0
    author: str = ""
    at: int = 0

    @property
    def offered(self) -> bool:
        """Whether anybody can still choose it."""
        return not self.retired and (self.phone or self.kiosk)


_BESIDE = {"version", "author", "at"}


def to_text(kind: Kind) -> str:
    """As it is kept: JSON without version, author and time; the same category is always the same text."""
    body = {field.name: getattr(kind, field.name) for field in fields(kind) if field.name not in _BESIDE}
    body["questions"] = [
        {"name": one.name, "label": one.label, "kind": one.kind, "choices": [_plain(choice) for choice in one.choices]}
        for one in kind.questions
    ]
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=512)
def from_text(text: str, version: int = 0, author: str = "", at: int = 0) -> Kind:
    """What `to_text` wrote; fields that a newer program wrote are passed over."""
    return from_body(json.loads(text), version, author, at)


def from_body(body: Mapping[str, Any], version: int = 0, author: str = "", at: int = 0) -> Kind:
    """A category from plain data (JSON or TOML). Raises `ValueError`, `KeyError` or `TypeError`."""
    known = {field.name for field in fields(Kind)} - _BESIDE
    values = {name: value for name, value in body.items() if name in known}
    values |= {
        "level": Level(body["level"]),
        "desk": Desk(body["desk"]),
        "calls": tuple(body.get("calls", ())),
        "questions": tuple(_question(one) for one in body.get("questions", ())),
    }
    return Kind(**values, version=version, author=author, at=at)


def _question(body: Mapping[str, Any]) -> Question:
    choices = tuple(Choice(one["value"], one["label"], tuple(one.get("calls", ()))) for one in body.get("choices", ()))
    return Question(body["name"], body["label"], body["kind"], choices)


def _plain(choice: Choice) -> dict[str, Any]:
    return {"value": choice.value, "label": choice.label, "calls": list(choice.calls)}


def changed(before: Kind, after: Kind) -> list[str]:
    """What is different, in words of `SAID`."""
    return [label for name, label in SAID.items() if getattr(before, name) != getattr(after, name)]


def trouble(kind: Kind, icons: Collection[str], before: Kind | None) -> str | None:
    """Why an edited category cannot be taken (Chinese sentence), or None. `before`: as it is shipped."""
    checks = (
        (not _CODE.fullmatch(kind.code) or kind.group not in GROUPS, "代码写成 大类.小类，如 parking.fire_lane"),
        (not 1 <= len(kind.label) <= 12, "名称 1–12 个字"),
        (kind.icon not in icons, "没有这个图标"),
        (len(kind.advice) > 60, "提示最多 60 个字"),
        (len(kind.calls) > 3 or not all(_CALL.fullmatch(call) for call in kind.calls), "电话写数字，最多三个"),
        (kind.retention not in RETENTIONS, "请选照片留多久"),
        (kind.visibility not in VISIBILITIES, "请选谁能看"),
        (not 0 <= kind.second_look_days <= 90, "回头看的天数在 0 到 90 之间"),
        (kind.private and kind.photo and kind.visibility != "duty", "关于人的照片只能给值班员看"),
        (kind.code == "person.lost_child" and kind.photo, "孩子的事不要照片"),
        (kind.private and kind.visibility == "open", "关于人的类别不能公示"),
        (before is not None and _calmer(kind.level, before.level), f"出厂是 {before and before.level}，只能更急"),
        (before is not None and bool(set(before.calls) - set(kind.calls)), "急救电话不能去掉"),
    )
    found = next((sentence for wrong, sentence in checks if wrong), None)
    return found or _national_trouble(kind) or _questions_trouble(kind)


def _calmer(level: Level, shipped: Level) -> bool:
    # Life, fire and gas: an edit must not put them to sleep.
    return shipped in {Level.P0, Level.P1} and level > shipped


def _national_trouble(kind: Kind) -> str | None:
    for name, length in _NATIONAL.items():
        part = getattr(kind, name)
        if part and not (part.isascii() and part.isdigit() and len(part) == length):
            return "国标编码：大类 2 位、小类 3 位、序号 5 位数字；还没有分配就空着"
    return None


def _questions_trouble(kind: Kind) -> str | None:
    if len(kind.questions) > MOST_QUESTIONS:
        return f"最多问 {MOST_QUESTIONS} 个问题"
    if len({one.name for one in kind.questions}) != len(kind.questions):
        return "同一个问题问了两次"
    for one in kind.questions:
        if not _NAME.fullmatch(one.name) or not 1 <= len(one.label) <= 20 or one.kind not in QUESTION_KINDS:
            return "问题要有 1–20 个字的问法和类型"
        closed = one.kind in {"choice", "yes_no"}
        if closed != bool(one.choices) or not len(one.choices) <= MOST_CHOICES or (closed and len(one.choices) < 2):
            return f"“{one.label}”：选择题要有 2–{MOST_CHOICES} 个答案，其他的没有"
        if len({choice.value for choice in one.choices}) != len(one.choices):
            return f"“{one.label}”：同一个答案写了两次"
        for choice in one.choices:
            if not _NAME.fullmatch(choice.value) or not 1 <= len(choice.label) <= 10:
                return f"“{one.label}”：每个答案 1–10 个字"
            if not all(_CALL.fullmatch(call) for call in choice.calls):
                return f"“{one.label}”：电话写数字"
    return None


def clean_answers(kind: Category, given: Mapping[str, str]) -> dict[str, str]:
    """The answers that this category asks for, as they may be stored; what makes no sense is left out, never refused.

    Choices by value, numbers as typed digits, text without control characters and at most 60 characters; plates of
    every kind as they are, in upper case: what is odd about one is the parking feature's to say.
    """
    found = {}
    for one in getattr(kind, "questions", ()):
        typed = unicodedata.normalize("NFKC", given.get(one.name, ""))
        typed = "".join(letter for letter in typed if unicodedata.category(letter)[0] != "C").strip()[:MOST_ANSWER]
        if one.choices:
            good = any(typed == choice.value for choice in one.choices)
        else:
            good = bool(_NUMBER.fullmatch(typed)) if one.kind == "number" else bool(typed)
        if good:
            found[one.name] = typed.upper() if one.kind == "plate" else typed
    return found


def answered(kind: Category, answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """(question, answer) as staff read them, in the order of asking; answers to questions since dropped come last."""
    asked = {one.name: one for one in getattr(kind, "questions", ())}
    lines = []
    for name, value in sorted(answers.items(), key=lambda pair: list(asked).index(pair[0]) if pair[0] in asked else 99):
        one = asked.get(name)
        labels = {choice.value: choice.label for choice in one.choices} if one else {}
        lines.append((one.label if one else name, labels.get(value, value)))
    return lines


def stops(kind: Category, answers: Mapping[str, str]) -> tuple[str, ...]:
    """The numbers that these answers put before everything else, such as 120 when somebody is unconscious."""
    calls = [
        call
        for one in getattr(kind, "questions", ())
        for choice in one.choices
        if answers.get(one.name) == choice.value
        for call in choice.calls
    ]
    return tuple(dict.fromkeys(calls))
