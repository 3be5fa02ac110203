"""Commands in people's words: what each is called, who may give it, what it asks for, how it stands. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contract.commands import DEEDS, MAX_MESSAGE, MAX_PORT, Stage, check_args, move
from gateway.contract.envelope import Body, Broken
from server.kit.errors import Invalid
from server.staff import Person

_TRIAGE = frozenset({"director", "duty", "committee", "street", "district"})
_CARE = frozenset({"director", "street", "district", "it"})

GRACE_MS = 5_000
"""An answer that was on its way when the time ran out still counts."""
MAX_REASON = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """One command. `roles` may give it; `asks`: text, port or nothing; `reasons` are offered to tap.

    `weighty`: it moves something or interrupts riders, so a reason is asked for.
    """

    name: str
    label: str
    icon: str
    does: str
    button: str
    roles: frozenset[str]
    weighty: bool
    reasons: tuple[str, ...] = ()
    asks: str = ""

    @property
    def hardware(self) -> bool:
        """Whether it moves something in the world."""
        return DEEDS[self.name].hardware

    @property
    def seconds(self) -> int:
        """How long it stays valid."""
        return DEEDS[self.name].seconds


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "open_box", "开急救箱", "first-aid-kit", "锁打开 8 秒，箱门一拉就开", "现在打开",
            _TRIAGE | {"prop_guard"}, True, ("有人受伤", "有人不舒服", "补药、检查"),
        ),
        Kind(
            "dispense_raincoat", "出一件雨衣", "umbrella", "从出口掉出一件", "现在出一件",
            _TRIAGE | {"volunteer"}, True, ("骑手没带雨衣", "试一下机器"),
        ),
        Kind(
            "switch_port", "充电口通断电", "battery-charging", "一个口通电或断电，别的口不动", "现在执行",
            _TRIAGE | {"prop_eng", "prop_guard"}, True, ("温度高", "骑手请求", "检修"), "port",
        ),
        Kind(
            "show_message", "屏幕上显示一句话", "message-circle", "马上显示，到时间自己消失", "放上去",
            _TRIAGE, False, (), "text",
        ),
        Kind(
            "restart", "重启小站程序", "refresh", "屏幕黑十几秒，没送出的记录不会丢", "现在重启",
            _CARE, True, ("屏幕不动了", "改了设置", "试一下"),
        ),
        Kind(
            "collect_logs", "取运行日志", "list", "最近几百行，号码和密码已抹去", "取回来", _CARE, False,
        ),
        Kind(
            "take_screenshot", "截屏", "photo", "重新打开的首页，看不到骑手正在填的内容", "拍一张",
            _CARE | {"duty", "committee"}, False,
        ),
    )
}  # fmt: skip
"""name → kind, in the order in which they are offered."""

STAGES = {
    "queued": ("排队，等小站上线", "reported", "hourglass"),
    "sent": ("已发出，等小站回应", "filed", "send"),
    "accepted": ("小站收到，正在做", "dispatched", "tools"),
    "done": ("做完了", "ok", "circle-check"),
    "failed": ("没有做成", "bad", "circle-x"),
    "expired": ("过时了，没有做", "warn", "clock"),
}
"""state → words, pill, icon."""
ENDED = frozenset({"done", "failed", "expired"})

_REASONS = {
    "interrupted, may have acted": "中途断了，可能已经动作，请到现场看一眼",
    "interrupted": "中途断了，没有做完，也过时了",
    "no browser here": "这台机器没有装浏览器，拍不了",
    "the browser made no picture": "浏览器没有拍成",
    "the screen is not served": "屏幕页面没有开",
    "no such device here": "这个站没有接这种设备",
    "no devices can be reached here": "这个站没有接设备",
    "the device does not answer": "设备没有回应，可能断电或掉线",
    "more than one such device: name one": "有不止一台，请指明哪一台",
    "remote hands are switched off here": "这个站关了远程操作，可能有人在检修",
    "too many commands at once": "一下子指令太多，请过一会儿再发",
    "waited too long behind others": "前面的指令没做完，等过时了",
    "the clock knows no time": "小站不知道现在几点，没法判断是否过时",
    "nobody can start it again here": "这台机器不会自己重启",
    "unknown command": "小站的软件太旧，不认识这条指令",
    "the centre cannot be reached over HTTP": "小站连不上中心的网页，内容放不上来",
    "no log is kept here": "这台机器没有留日志",
    "empty": "已经空了",
    "busy": "设备正忙，请稍后再发",
    "jam": "卡住了，没有掉出来",
    "hot": "柜子还热，先不通电",
    "no such port": "没有这个充电口",
}


def may(person: Person, kind: Kind) -> bool:
    """Whether this person's role may give this command."""
    return person.role in kind.roles


def allowed(person: Person) -> list[Kind]:
    """The commands this person may give."""
    return [kind for kind in KINDS.values() if may(person, kind)]


def is_orderer(person: Person) -> bool:
    """Whether any command is for this person."""
    return bool(allowed(person))


def read_args(name: str, args: Mapping[str, object]) -> Body:
    """The arguments of a command as they travel. Raises `Invalid` with a sentence for whoever typed them."""
    try:
        return check_args(name, args)
    except Broken as cause:
        if name == "show_message":
            raise Invalid(f"请写 1–{MAX_MESSAGE} 个字，不带换行和表情控制符") from cause
        if name == "switch_port":
            raise Invalid(f"请选 1–{MAX_PORT} 号充电口，并选通电或断电") from cause
        raise Invalid(f"这条指令不能这样发：{cause}") from cause


def spoken(name: str, args: Mapping[str, object]) -> str:
    """A command with its arguments in one line: `充电口 2 断电`."""
    if name == "switch_port" and "port" in args:
        return f"充电口 {args['port']} {'通电' if args.get('on') else '断电'}"
    if name == "show_message" and "text" in args:
        return f"屏幕显示“{args['text']}”"
    return KINDS[name].label if name in KINDS else name


def why_not(reason: str) -> str:
    """A kiosk's or device's reason in Chinese; one that nobody knows stays as it came."""
    return _REASONS.get(reason, reason)


def after(state: str, heard: str) -> str | None:
    """The state once a kiosk said `heard`; None for what changes nothing, or comes too late to be true."""
    # Whoever answers was sent it, whether we have noticed yet or not.
    stage = Stage.SENT if state == Stage.QUEUED else Stage(state)
    try:
        moved = move(stage, Stage(heard))
    except Broken:
        return None
    return None if moved == state else str(moved)


def overdue(state: str, expires: int, now: int) -> bool:
    """Whether nobody needs to wait for this one any longer."""
    return now >= expires + (GRACE_MS if state == "sent" else 0)
