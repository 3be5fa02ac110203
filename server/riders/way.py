"""How a ticket's history reads on its reporter's receipt: stops like a parcel's, and one headline. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from server.incidents import ENDED, STAGES, Incident, Step, stage
from server.kit.clock import clock, day, when

RIDER = "骑手"
KEPT = 5
"""So many of the last stops are shown at once; a long story is folded up."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop on the way. `state`: done, now, held, bad, or empty (still to come)."""

    title: str
    state: str
    at: int | None = None
    detail: str = ""
    """By which role or desk, never which person."""


@dataclass(frozen=True, slots=True)
class Around:
    """What other features know of a report: who took the alarm (role, time), and which outside body has it in hand."""

    accepted: tuple[str, int] | None = None
    outside: str = ""
    heard: int | None = None
    """When the outside body said that it has it."""
    asked: bool = False
    """Whether a question waits on the same page."""
    complained: int | None = None
    """When this very receipt said 不满意; others may have said it too."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The first thing a reporter reads. `tone`: good, held (not solved, not ours to move) or bad."""

    title: str
    lines: tuple[str, ...]
    tone: str = "good"


def _to_stage(step: Step) -> str:
    return STAGES[stage(step.to_state) or 0]


_STOPS: dict[str, Callable[[Step], tuple[str, str]]] = {
    "confirm": lambda step: ("已立案", step.role),
    "file": lambda step: ("已立案", step.role),
    "dispatch": lambda step: ("处理中", f"交给{step.desk}"),
    "handback": lambda step: ("已立案", "不归原来那边管，重新安排"),
    "done": lambda step: ("已处理", step.role),
    "verify": lambda step: ("已处理", f"{step.role}核查通过"),
    "return": lambda step: ("处理中", "核查没通过，重做"),
    "close": lambda step: ("已办结", step.role),
    "look_ok": lambda step: ("已办结", "复查过，没有再出现"),
    "recur": lambda step: ("处理中", "复查时又出现了，重新处理"),
    "reopen": lambda step: ("处理中", "有人不满意，换一个人处理" if step.by == RIDER else "重新处理"),
    "extend": lambda step: ("处理中", "要多花些时间，已延时"),
    "shelve": lambda step: ("先挂着", "现在办不了"),
    "resume": lambda step: (_to_stage(step), "又开始办了"),
    "transfer": lambda step: ("已转办", f"转给{_body(step)}"),
    "recall": lambda step: ("已立案", "从外面收回来，重新安排"),
    "merge": lambda step: ("已合并", "和同一件事一起办"),
    "unmerge": lambda step: ("已立案", "不是同一件事，分开办"),
    "refile": lambda step: ("已立案", "重新立案"),
    "reject": lambda step: ("不予受理", step.role),
    "false_alarm": lambda step: ("是误报", step.role),
    "void": lambda step: ("已作废", step.role),
    "take_back": lambda step: ("已撤回", "你自己撤回的"),
}


def joined(own: Sequence[Step]) -> int | None:
    """When a report was merged into another one, by its own history."""
    return next((step.at for step in reversed(own) if step.move == "merge"), None)


def way(
    own: Incident,
    steps: Sequence[Step],
    leading: Incident,
    history: Sequence[Step],
    complained: int | None = None,
) -> list[Stop]:
    """The stops of a report: of its own history (`steps`), then, once merged, of the `leading` ticket's `history`.

    What happened to the leading ticket before the merge does not concern this reporter, except where it stands.
    `complained`: see `Around`.
    """
    passed = [Stop(STAGES[0], "done", own.received)]
    for step in steps:
        _add(passed, step, complained)
    since = joined(steps)
    if own.id != leading.id and since is not None:
        later: list[Stop] = []
        for step in history:
            _add(later, step, complained)
        passed += [stop for stop in later if stop.at is not None and stop.at >= since] or later[-1:]
    if leading.state not in {"closed", "withdrawn"}:
        state = "bad" if leading.state in ENDED else "held" if leading.state in {"shelved", "transferred"} else "now"
        passed[-1] = replace(passed[-1], state=state)
    reached = stage(leading.state)
    return [*passed, *(Stop(title, "") for title in (STAGES[reached + 1 :] if reached is not None else ()))]


def folded(stops: Sequence[Stop]) -> tuple[list[Stop], list[Stop], list[Stop]]:
    """The first stop, those that are folded up, and the rest; nothing is folded when it would not save much."""
    past = sum(stop.state != "" for stop in stops)
    hidden = past - 1 - KEPT
    if hidden < 2:
        return list(stops), [], []
    return list(stops[:1]), list(stops[1 : 1 + hidden]), list(stops[1 + hidden :])


def headline(leading: Incident, history: Sequence[Step], around: Around, now: int) -> Headline:
    """Where a report stands, told truly: neither taken over before somebody did, nor solved before it is."""
    found = _headline(leading, history, around, now)
    return replace(found, lines=(*found.lines, "有一句话想问你，就在下面。")) if around.asked else found


def _headline(leading: Incident, history: Sequence[Step], around: Around, now: int) -> Headline:
    last = _last(history, leading.state)
    at = when(last.at, now)
    match leading.state:
        case "reported":
            return Headline("已收到", _waiting(leading, around))
        case "unconfirmed":
            return Headline("已收到", ("这是设备发现的，正等人到现场看一眼。",))
        case "filed":
            line = _FILED.get(last.move, "{role} {at} 已立案，正在安排人。").format(role=last.role, at=at)
            return Headline("已立案", (line,))
        case "dispatched":
            lines = [_AT_WORK.get(last.move, "{at} 已交给{desk}，正在处理。").format(at=at, desk=last.desk)]
            if last.move == "reopen" and last.by == RIDER:
                who = "你" if _yours(last, around.complained) else "有人"
                lines = [f"{at} {who}说不满意。", "我们换一个人重新处理。"]
            if any(step.move == "extend" for step in history[history.index(last) :]):
                lines.append("要多花些时间，已经延时。")
            return Headline("处理中", (*lines, *_outside(around, now)))
        case "done":
            return Headline("已处理", (f"{last.role} {at} 说处理好了，还要另一个人核查一遍。",))
        case "verified":
            return Headline("已处理", ("处理好了，核查也通过了，就等结案。",))
        case "closed":
            return Headline("已办结", _closed(leading, history, last, now))
        case "shelved":
            again = (f"{day(leading.review_at)}再看。",) if leading.review_at is not None else ()
            return Headline("现在办不了", ("还没有解决，先挂着。", *again), "held")
        case "transferred":
            again = (f"{day(leading.review_at)}去问进展。",) if leading.review_at is not None else ()
            lines = ["还没有解决，我们会盯着。", *again, *_outside(around, now)]
            return Headline(f"已转给{leading.body or '别的单位'}", tuple(lines), "held")
        case "void":
            return Headline("已作废", (f"{at} 这条上报作废了。",), "bad")
        case "withdrawn":
            return Headline("已撤回", (f"{at} 你撤回了，没有人会再跑一趟。", "撤错了？补充一句，或者重新上报。"))
    if last.move == "false_alarm":
        return Headline("是误报", (f"{at} 到现场看过，没有发现问题。",), "bad")
    why = ("为什么、该找谁，看下面。",) if leading.reply else ()
    return Headline("不予受理", ("这件事这里办不了。", *why), "bad")


_FILED = {
    "handback": "{at} 不归原来那边管，正在重新安排人。",
    "recall": "{at} 从外面收回来了，正在重新安排人。",
    "resume": "{at} 又开始办了，正在安排人。",
    "unmerge": "{at} 和另一件分开办了，正在安排人。",
    "refile": "{at} 重新立案了，正在安排人。",
}
_AT_WORK = {
    "return": "{at} 核查没通过，{desk}正在重做。",
    "resume": "{at} 又开始办了，由{desk}处理。",
    "reopen": "{at} 重新打开了，由{desk}处理。",
    "recur": "{at} 复查时又出现了，由{desk}重新处理。",
}


def _waiting(leading: Incident, around: Around) -> tuple[str, ...]:
    if around.accepted is not None:
        role, at = around.accepted
        return (f"{role} {clock(at)} 已接单。", "接下来怎么办，这里马上写明。")
    if leading.kind.urgent:
        return ("已送到值班台，还没有人接手。", "有人接手，这里马上写明。")
    return ("已送到居委工作台。", "受理了这里会写明。")


def _closed(leading: Incident, history: Sequence[Step], last: Step, now: int) -> tuple[str, ...]:
    looked = next((step for step in reversed(history) if step.move in {"look_ok", "close"}), None)
    if looked is not None and looked.move == "look_ok":
        return (f"{when(last.at, now)} 办好了，谢谢你。", f"{day(looked.at)}复查过，没有再出现。")
    thanks = f"{when(last.at, now)} 办好了，谢谢你。"
    if leading.look_at is not None:
        return (thanks, f"{day(leading.look_at)}我们再去看一眼，防它又出现。")
    return (thanks,)


def _outside(around: Around, now: int) -> tuple[str, ...]:
    if not around.outside:
        return ()
    if around.heard is not None:
        return (f"{around.outside} {when(around.heard, now)} 已收到。",)
    return (f"已发给{around.outside}，等他们回话。",)


def _last(history: Sequence[Step], state: str) -> Step:
    """The step by which the ticket came to where it is."""
    entered = (step for step in reversed(history) if step.to_state == state and step.move in _ENTERS)
    return next(entered, history[-1])


_ENTERS = frozenset(_STOPS) - {"extend", "look_ok"} | {"report"}


def _body(step: Step) -> str:
    return next((after for field, _, after in step.changes if field == "转给"), "别的单位")


def _yours(step: Step, complained: int | None) -> bool:
    """Whether it was this reporter who sent it back; the others who wait for the same ticket did not say so."""
    return step.move == "reopen" and step.by == RIDER and step.at == complained


def _add(stops: list[Stop], step: Step, complained: int | None) -> None:
    """One more stop; further news of the same stop take its place."""
    found = _STOPS.get(step.move)
    if found is None:
        return
    title, detail = found(step)
    if _yours(step, complained):
        detail = "你不满意，换一个人处理"
    stop = Stop(title, "done", step.at, detail)
    if stops and stops[-1].title == title:
        stops[-1] = stop
    else:
        stops.append(stop)
