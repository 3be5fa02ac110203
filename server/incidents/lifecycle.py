"""The life of a ticket as one table (after GB/T 30428: collect, file, dispatch, handle, check, close). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contract.categories import Level
from server.incidents.rules import Incident
from server.kit.clock import DAY_MS
from server.kit.errors import Fault, Forbidden, Invalid, Refused
from server.staff import Person

STATES = {
    "reported": "待受理",
    "unconfirmed": "待复核",
    "filed": "已立案",
    "dispatched": "处理中",
    "done": "待核查",
    "verified": "待结案",
    "shelved": "挂账",
    "transferred": "已转办",
    "closed": "已结案",
    "rejected": "不予受理",
    "merged": "已并案",
    "void": "已作废",
    "withdrawn": "已撤回",
}
NEW = ("reported", "unconfirmed")
"""Nobody has looked at it yet; what a device found is `unconfirmed` until a person has."""
HELD = ("shelved", "transferred")
"""Not ours to move now: the clocks stand still, and a date brings it back."""
ENDED = ("closed", "rejected", "merged", "void", "withdrawn")
OPEN = tuple(state for state in STATES if state not in ENDED)

OVERSEERS = frozenset({"director", "street", "district"})
"""These approve what others ask for, and supervise."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table. `asks` names what the form must bring, see `ASKED`."""

    label: str
    past: str
    """What the history and a colleague read: `派遣了`."""
    from_states: tuple[str, ...]
    to: str
    """Empty: the ticket stays where it is."""
    asks: tuple[str, ...] = ()
    by_desk: bool = False
    """Whether the responsible desk may do it too, not only those who triage."""
    by_overseers: bool = False
    """Whether only those who oversee may do it."""
    approval: bool = False
    """Whether somebody else who oversees has to agree first."""
    by_reporter: bool = False
    """Whether the reporter alone makes it, from the receipt."""


MOVES = {
    "confirm": Move("属实，立案", "确认属实，立案了", ("unconfirmed",), "filed", by_desk=True),
    "false_alarm": Move("误报", "判定为误报", ("unconfirmed",), "rejected", ("note",), by_desk=True),
    "file": Move("立案", "立案了", ("reported",), "filed"),
    "dispatch": Move("派遣", "派遣了", ("filed", "dispatched"), "dispatched", ("desk",)),
    "done": Move("处理完成", "报告处理完成", ("dispatched", "transferred"), "done", ("note",), by_desk=True),
    "handback": Move("回退", "退回了，不归这里管", ("dispatched",), "filed", ("note",), by_desk=True),
    "verify": Move("核查通过", "核查通过了", ("done",), "verified"),
    "return": Move("核查不通过", "退回重做了", ("done", "verified"), "dispatched", ("note",)),
    "close": Move("结案", "结案了", ("verified",), "closed", ("reply",)),
    "look_ok": Move("复查没问题", "复查过，没有再出现", ("closed",), ""),
    "recur": Move("又出现了", "复查发现又出现了，重开了", ("closed",), "dispatched", ("note",)),
    "extend": Move("延时", "延时了", ("dispatched",), "", ("note", "until"), by_desk=True, approval=True),
    "shelve": Move(
        "挂账", "挂账了", ("filed", "dispatched"), "shelved", ("note", "until"), by_desk=True, approval=True
    ),
    "resume": Move("恢复办理", "恢复办理了", ("shelved",), "filed"),
    "transfer": Move("转办", "转给了别的单位", ("filed", "dispatched"), "transferred", ("body", "note")),
    "recall": Move("收回", "收回了", ("transferred",), "filed", ("note",)),
    "engage": Move("发给外部单位", "发给了外部单位", ("dispatched", "transferred"), "", ("body", "note")),
    "reject": Move("不予受理", "没有受理", (*NEW, "filed"), "rejected", ("note", "reply")),
    "merge": Move("并案", "并案了", (*NEW, "filed", "dispatched"), "merged", ("into", "note")),
    "unmerge": Move("撤销并案", "撤销了并案", ("merged",), "filed", ("note",)),
    "void": Move("作废", "作废了", OPEN, "void", ("note", "reply"), approval=True),
    "reopen": Move("重开", "重开了", ("closed",), "dispatched", ("note",)),
    "take_back": Move("撤回上报", "撤回了上报", ("reported",), "withdrawn", by_reporter=True),
    "refile": Move("重新立案", "重新立案了", ("rejected", "void", "withdrawn"), "filed", ("note",)),
    "supervise": Move("督办", "督办了", OPEN, "", ("note",), by_overseers=True),
    "claim": Move("我来办", "接过去了", OPEN, "", by_desk=True),
    "assign": Move("指给", "指定了经办人", OPEN, "", ("assignee",), by_desk=True),
    "correct": Move("更正", "更正了", OPEN, ""),
    "ask": Move("问骑手", "问了骑手", OPEN, "", ("reply",)),
    "word": Move("告诉骑手", "告诉了骑手", tuple(STATES), "", ("reply",)),
    "note": Move("内部备注", "写了备注", tuple(STATES), "", ("note",), by_desk=True),
}

ASKED = {
    "note": "请写一句说明",
    "reply": "请写一句给上报骑手的话",
    "desk": "请选派给谁",
    "into": "请填要并入的工单号",
    "until": "请选一个日期",
    "body": "请写转给哪个单位",
    "assignee": "请选指给谁",
}
NOBODY_TO_TELL = frozenset({"device"})
"""Where a report comes from that no reporter waits for: nobody has to be written to."""

_URGENT = frozenset({Level.P0, Level.P1})
_REPORTERS = frozenset({"phone", "kiosk"})
"""Whoever sent it from here holds its receipt."""

LONGEST_MS = {"extend": 90 * DAY_MS, "shelve": 365 * DAY_MS, "transfer": 365 * DAY_MS}

_PAST = {
    "report": "上报了",
    "raise": "提高了级别",
    "add": "补充了",
    "retract": "说不用办了",
    "repeat": "又报警了",
    "over": "读数恢复了",
    "split": "拆出了一张",
    "answer": "回答了",
    "lapse": "没有等到回答",
    "look_due": "该复查了",
    "review_due": "该问进展了",
}
_REQUEST_PAST = {"request": "申请", "approve": "批准了", "decline": "没有批准", "withdraw": "撤回了申请："}


def past(name: str) -> str:
    """What a line of the history says was done: a move, `request:shelve` and its answers, or what happened alone."""
    verb, _, of = name.partition(":")
    if of and verb in _REQUEST_PAST and of in MOVES:
        return _REQUEST_PAST[verb] + MOVES[of].label
    return MOVES[name].past if name in MOVES else _PAST.get(name, "更新了")


def offered(incident: Incident, person: Person) -> list[str]:
    """The moves this person can make now, in the order of the table."""
    return [name for name in MOVES if _why_not(incident, name, person) is None]


def check(incident: Incident, name: str, person: Person, given: Mapping[str, object], now: int = 0) -> Move:
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
        if asked == "reply" and incident.channel in NOBODY_TO_TELL:
            continue
        if not str(given.get(asked) or "").strip():
            raise Invalid(ASKED[asked])
    check_until(name, given.get("until"), now)
    return move


def check_until(name: str, until: object, now: int) -> None:
    """Raises `Invalid` for a date that lies behind us or absurdly far ahead."""
    if name not in LONGEST_MS or not isinstance(until, int):
        return
    if until <= now:
        raise Invalid("日期要在今天以后")
    if until - now > LONGEST_MS[name]:
        raise Invalid(f"{MOVES[name].label}最长 {LONGEST_MS[name] // DAY_MS} 天")


def check_state(incident: Incident, name: str) -> Move:
    """The move, when the ticket's state allows it, whoever makes it. Raises `Refused`."""
    refusal = why_not_from_here(incident, name)
    if refusal is not None:
        raise refusal
    return MOVES[name]


def why_not_approve(asked_by: int, person: Person) -> Forbidden | Refused | None:
    """Why this person cannot answer a colleague's request: another one than the asker, who oversees."""
    if person.role not in OVERSEERS:
        return Forbidden("由主任或街道来批准")
    if person.id == asked_by:
        return Refused("自己的申请要由另一个人批准")
    return None


def stale(incident: Incident, last_by: str, last_move: str, last_clock: str) -> Refused:
    """What somebody reads whose page was overtaken: who did what, and when."""
    return Refused(
        f"{last_by} {last_clock} {past(last_move)}，这张工单现在是“{STATES[incident.state]}”。请看一眼再决定。"
    )


def _why_not(incident: Incident, name: str, person: Person) -> Fault | None:
    move = MOVES[name]
    if move.by_reporter:
        return Forbidden("这一步由上报的人来做")
    of_desk = move.by_desk and person.desk == incident.desk
    if not (person.triages or of_desk):
        return Forbidden("这一步由居委或街道来做")
    if move.by_overseers and person.role not in OVERSEERS:
        return Forbidden(f"{move.label}由主任或街道来做")
    refusal = why_not_from_here(incident, name)
    if refusal is not None:
        return refusal
    if name in {"done", "claim"} and incident.barred == person.id:
        return Refused("骑手对你上次的处理不满意，这次请换一个人处理")
    if name == "claim" and incident.assignee == person.id:
        return Refused("已经在你手上了")
    if name == "verify" and incident.handler == person.id:
        return Refused("处理的人不能核查自己的工单，请换一个人核查")
    return None


def why_not_from_here(incident: Incident, name: str) -> Refused | None:
    """Why the ticket as it is does not allow this move, whoever makes it; None when it does."""
    move = MOVES[name]
    if incident.state not in move.from_states:
        return Refused(f"“{STATES[incident.state]}”的工单不能{move.label}")
    if name in {"look_ok", "recur"} and incident.look_at is None:
        return Refused("这张工单不用复查")
    if name == "shelve" and incident.level in _URGENT:
        return Refused("P0、P1 不能挂账")
    if name == "take_back":
        return _why_not_take_back(incident)
    if name == "ask" and incident.waiting == "reporter":
        return Refused("已经问过了，还在等回答")
    if name in {"ask", "word"} and incident.channel in NOBODY_TO_TELL:
        return Refused("这张工单没有上报的骑手")
    return None


def _why_not_take_back(incident: Incident) -> Refused | None:
    """A person in danger is looked for whatever the receipt says, and what somebody has in hand is theirs to end."""
    if incident.level in _URGENT or incident.channel not in _REPORTERS:
        return Refused("这条上报要由居委核实了再结束")
    if incident.assignee is not None or incident.waiting or incident.supervised is not None:
        return Refused("已经有人接手了")
    return None
