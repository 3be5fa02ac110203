"""The life of a ticket as one table (after GB/T 30428: collect, file, dispatch, handle, check, close). Pure."""

from dataclasses import dataclass

from server.incidents.rules import Incident
from server.kit.errors import Forbidden, Invalid, Refused
from server.staff import Person

STATES = {
    "reported": "待受理",
    "filed": "已立案",
    "dispatched": "处理中",
    "done": "待核查",
    "verified": "待结案",
    "closed": "已结案",
    "rejected": "不予受理",
    "merged": "已并案",
}
OPEN = ("reported", "filed", "dispatched", "done", "verified")
ENDED = ("closed", "rejected", "merged")


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table. `asks` names what the form must bring: note, reply, desk, into."""

    label: str
    past: str
    """What the history and a colleague read: `派遣了`."""
    from_states: tuple[str, ...]
    to: str
    asks: tuple[str, ...] = ()
    by_desk: bool = False
    """Whether the responsible desk may do it too, not only those who triage."""
    by_reporter: bool = False
    """Whether it is the reporter's alone: nobody who works here makes it."""


MOVES = {
    "file": Move("立案", "立案了", ("reported",), "filed"),
    "dispatch": Move("派遣", "派遣了", ("filed", "dispatched"), "dispatched", ("desk",)),
    "done": Move("处理完成", "报告处理完成", ("dispatched",), "done", ("note",), by_desk=True),
    "handback": Move("回退", "退回了，不归这里管", ("dispatched",), "filed", ("note",), by_desk=True),
    "verify": Move("核查通过", "核查通过了", ("done",), "verified"),
    "return": Move("核查不通过", "退回重做了", ("done", "verified"), "dispatched", ("note",)),
    "close": Move("结案", "结案了", ("verified",), "closed", ("reply",)),
    "reject": Move("不予受理", "没有受理", ("reported", "filed"), "rejected", ("note", "reply")),
    "merge": Move("并案", "并案了", ("reported", "filed", "dispatched"), "merged", ("into", "note")),
    "reopen": Move("重开", "不满意，重开了", ("closed",), "dispatched", by_reporter=True),
}

ASKED = {
    "note": "请写一句说明",
    "reply": "请写一句给上报骑手的话",
    "desk": "请选派给谁",
    "into": "请填要并入的工单号",
}


def offered(incident: Incident, person: Person) -> list[str]:
    """The moves this person can make now, in the order of the table."""
    return [name for name in MOVES if _why_not(incident, name, person) is None]


def check(incident: Incident, name: str, person: Person, given: dict[str, str]) -> Move:
    """The move, when the table, the person and the form allow it.

    Raises `Invalid` (something missing in the form), `Forbidden` (not this person), `Refused` (not from here).
    """
    if name not in MOVES:
        raise Invalid(f"没有这一步：{name[:20]}")
    refusal = _why_not(incident, name, person)
    if refusal is not None:
        raise refusal
    move = MOVES[name]
    for asked in move.asks:
        if not given.get(asked, "").strip():
            raise Invalid(ASKED[asked])
    return move


def check_reopening(incident: Incident) -> Move:
    """The move of a dissatisfied reporter; raises `Refused` for a ticket that is not closed."""
    move = MOVES["reopen"]
    if incident.state not in move.from_states:
        raise Refused(f"“{STATES[incident.state]}”的工单不能{move.label}")
    return move


def stale(incident: Incident, last_by: str, last_move: str, last_clock: str) -> Refused:
    """What somebody reads whose page was overtaken: who did what, and when."""
    did = MOVES[last_move].past if last_move in MOVES else "更新了"
    return Refused(f"{last_by} {last_clock} 已{did}这张工单，现在是“{STATES[incident.state]}”。请看一眼再决定。")


def _why_not(incident: Incident, name: str, person: Person) -> Refused | Forbidden | None:
    move = MOVES[name]
    of_desk = move.by_desk and person.desk == incident.desk
    if not (person.triages or of_desk):
        return Forbidden("这一步由居委或街道来做")
    if incident.state not in move.from_states:
        return Refused(f"“{STATES[incident.state]}”的工单不能{move.label}")
    if move.by_reporter:
        return Refused(f"{move.label}由上报的人在回执上提出")
    if name == "done" and incident.barred == person.id:
        return Refused("骑手对你上次的处理不满意，这次请换一个人处理")
    if name == "verify" and incident.handler == person.id:
        return Refused("处理的人不能核查自己的工单，请换一个人核查")
    return None
