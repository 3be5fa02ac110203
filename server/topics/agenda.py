"""The agenda of the Monday meeting: topics to decide on, and those under way, for print, Markdown and spreadsheets."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from server.kit.clock import beijing
from server.kit.store import Work
from server.topics import records
from server.topics.pages import Line, line
from server.topics.rules import NEED_STATES, STAGES, STATUSES, Need, Step

ON_AGENDA = ("proposed", "adopted")


@dataclass(frozen=True, slots=True)
class Item:
    """One topic on the agenda. `last`: its latest step; `needs`: those neither met nor dropped."""

    line: Line
    stage: str
    last: Step | None
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    """What the meeting speaks about. `day`: ISO date on which it was printed."""

    day: str
    proposed: tuple[Item, ...]
    adopted: tuple[Item, ...]


def agenda(work: Work, communities: Sequence[str]) -> Agenda:
    """The agenda of these communities now."""
    proposed, adopted = (
        tuple(_item(work, line(work, topic)) for topic in records.find(work, sorted(communities), status))
        for status in ON_AGENDA
    )
    return Agenda(beijing(work.now).date().isoformat(), proposed, adopted)


def markdown(agenda: Agenda) -> str:
    """For a chat or a wiki; what people typed is escaped, so that it stays text."""
    out = [f"# 周一会议议程 {agenda.day}", "", f"## 待定：立不立议题（{len(agenda.proposed)}）", ""]
    for item in agenda.proposed:
        out += [f"- {_often(item)}"]
    out += ["" if agenda.proposed else "没有。\n", f"## 进行中（{len(agenda.adopted)}）", ""]
    for item in agenda.adopted:
        out += [f"- {_often(item)}", f"  - {item.stage}，负责：{_plain(item.line.topic.owner) or '—'}"]
        if item.last is not None and item.last.note:
            out += [f"  - {item.last.day}：{_plain(item.last.note)}"]
        out += [f"  - 需求：{_plain(need.need)}（{NEED_STATES[need.status]}{_by(need)}）" for need in item.needs]
    if not agenda.adopted:
        out += ["没有。"]
    return "\n".join(out).rstrip() + "\n"


def table(agenda: Agenda) -> list[list[str | int]]:
    """Rows for a spreadsheet, with a head."""
    rows: list[list[str | int]] = [
        [
            "状态",
            "居民区",
            "议题",
            "近期工单",
            "近期天数",
            "全部工单",
            "阶段",
            "负责",
            "最近日期",
            "最近说明",
            "未落实的需求",
        ]
    ]
    for item in (*agenda.proposed, *agenda.adopted):
        one = item.line
        last = item.last
        rows.append(
            [
                STATUSES[one.topic.status], one.community, one.topic.title, one.lately, one.days, one.total, item.stage,
                one.topic.owner, last.day if last else "", last.note if last else "",
                "；".join(f"{need.need}（{NEED_STATES[need.status]}）" for need in item.needs),
            ]
        )  # fmt: skip
    return rows


def _item(work: Work, one: Line) -> Item:
    topic = one.topic
    steps = [step for step in records.history(work, topic.id) if step.did != "propose"]
    open_needs = [need for need in records.needs(work, topic.id) if need.status in {"open", "linked"}]
    return Item(one, STAGES.get(topic.stage, ""), steps[-1] if steps else None, tuple(open_needs))


def _often(item: Item) -> str:
    one = item.line
    return f"**{_plain(one.topic.title)}**（{_plain(one.community)}）：{one.days} 天 {one.lately} 张，共 {one.total} 张"


def _by(need: Need) -> str:
    return f"，{_plain(need.unit)}：{_plain(need.offer)}" if need.offer or need.unit else ""


_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|~@])")


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))
