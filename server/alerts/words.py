"""What an alert says. Pure: what riders typed is made inert and loses flat numbers, plates and phones on the way.

The text goes to chat groups: nothing in it may call everybody, open a link of a stranger, or name where a person lives.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.contract.categories import Level
from server.kit.clock import lasted, when

LEVEL_WORDS = {Level.P0: "特急", Level.P1: "紧急", Level.P2: "一般", Level.P3: "普通"}
HIDDEN = "***"
MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Call:
    """One person's way to take a ticket over. `who` is empty when the message goes to that person alone."""

    who: str
    link: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """What an alert tells of one ticket. Times are UTC milliseconds; `accepted` such as `王值班 22:06 已接单`."""

    number: str
    level: Level
    what: str
    station: str
    place: str
    words: str
    answers: tuple[tuple[str, str], ...]
    """Question and answer, as the rider read them."""
    beside: str
    """Whether the rider said to be still there: yes, no or empty."""
    at: int
    estimated: bool
    source: str
    calls: tuple[str, ...]
    desk: str
    times: int
    accepted: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a memo tells: of one ticket, or (`number` empty, `level` None) of a community, whose name is `station`.

    `due`: the end of the clock it is about, UTC milliseconds. `times`: how often it was said, this time included.
    """

    head: str
    said: str
    due: int | None
    number: str
    level: Level | None
    what: str
    station: str
    desk: str
    times: int = 1


_N = r"[0-9零〇○一二三四五六七八九两幺]"
_P = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_GAP = r"[\s·•・.,\-－—–_]*"
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    # A link or an address a chat app would make one of.
    (re.compile(r"(?i)\b[a-z][a-z0-9+.\-]{1,15}\s*:\s*[/\\]{2}\S*"), "（链接）"),
    (re.compile(r"(?i)\b[\w.+\-]+\s*@\s*[\w\-]+(\.[\w\-]+)+"), "（邮箱）"),
    (re.compile(r"(?i)(?<![\w.])(?:[a-z0-9\-]+\s?[.。]\s?)+[a-z]{2,12}(?![a-z])(?:[:/?#]\S*)?"), "（链接）"),
    # Licence plates, with or without the province.
    (re.compile(rf"(?i)([{_P}]\s*[a-z]){_GAP}(?:[a-z0-9]{_GAP}){{3,5}}[a-z0-9挂学警港澳]"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)(?<![a-z0-9])[a-z][\s·•.\-]?(?=(?:[a-z]*[0-9]){3})[a-z0-9]{5,6}(?![a-z0-9])"), HIDDEN),
    # Telephones and identity numbers: any number of seven digits, also one spelt out or broken up.
    (re.compile(rf"(?i)(?<![a-z0-9])[+a-z]?{_N}(?:[\s\-－—–.()（）]*{_N}){{6,}}[a-z]?"), HIDDEN),
    # Flats: 12号楼401, 3号楼2单元401室, 12-2-401, 12#401, 四零一室.
    (re.compile(rf"(?i)({_N}{{1,4}}[\-－—–#＃/]){_N}{{1,2}}[\-－—–#＃/]{_N}{{2,4}}(?!{_N})"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?i)([楼号栋幢座弄元层]\s*[#＃\-－—–,，、]?\s*)[a-z]?{_N}{{3,4}}[a-z]?(?!{_N})"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?i)[a-z]?{_N}{{1,4}}[a-z]?(\s*(?:室|号房|房间|房(?![子东屋产])))"), rf"{HIDDEN}\1"),
    (re.compile(rf"(?<!{_N})({_N}{{1,3}}[\-－—–#＃/])[0-9]{{3,4}}(?![0-9年月日点时分:：])"), rf"\1{HIDDEN}"),
    # E-bike plates and whatever else is a long number.
    (re.compile(rf"(?i)(?<![a-z0-9])[+a-z]?{_N}(?:[\s\-－—–.()（）]*{_N}){{4,}}[a-z]?"), HIDDEN),
)  # fmt: skip
_INERT = str.maketrans(
    {
        "@": "＠", "<": "＜", ">": "＞", "&": "＆", "*": "＊", "_": "＿", "`": "｀", "#": "＃", "[": "［", "]": "］",
        "~": "～", "|": "｜", "\\": "＼", "{": "｛", "}": "｝", "$": "＄",
    }
)  # fmt: skip


def inert(typed: str) -> str:
    """What somebody typed, on one line, fit for a chat group: masked, no mention, no markup, no control characters."""
    # Full-width digits and letters are the same digits and letters to whoever reads them.
    text = "".join(_narrow(letter) for letter in typed)
    text = " ".join("".join(_visible(letter) for letter in text).split())
    for pattern, by in _MASKS:
        text = pattern.sub(by, text)
    return text.replace(HIDDEN, "\0").translate(_INERT).replace("\0", HIDDEN)


def _narrow(letter: str) -> str:
    if letter.isascii():
        return letter
    plain = unicodedata.normalize("NFKC", letter)
    if len(plain) == 1 and plain.isascii() and (plain.isalnum() or plain in "@<>#+-./:"):
        return plain
    digit = unicodedata.digit(letter, None)
    return letter if digit is None else str(digit)


def _visible(letter: str) -> str:
    kind = unicodedata.category(letter)
    if letter in "\n\r\t" or kind in {"Zl", "Zp", "Zs"}:
        return " "
    return "" if kind[0] == "C" else letter


def cut(text: str, most: int) -> str:
    """The beginning of a text in at most `most` bytes of UTF-8, cut between characters, with … where it was cut."""
    if len(text.encode()) <= most:
        return text
    room = max(0, most - len("…".encode()))
    kept = text.encode()[:room].decode(errors="ignore")
    # Combining marks and joiners belong to the character before them.
    following = text[len(kept) : len(kept) + 1]
    while (
        kept and following and (unicodedata.combining(following) or following in "\u200d\ufe0f" or kept[-1] == "\u200d")
    ):
        kept, following = kept[:-1], kept[-1]
    return kept.rstrip() + ("…" if most >= len("…".encode()) else "")


def presence(alarm: Alarm) -> str:
    """Whether the rider is still there, as far as the words say; nothing is guessed."""
    if alarm.beside:
        return "骑手说还陪着" if alarm.beside == "yes" else "骑手说要走了，现场可能没人"
    if alarm.source not in {"手机", "站内屏幕"}:
        return f"来自{alarm.source}，现场有没有人不知道"
    if re.search(r"(我|先|得|要)(得|要|先)?走了|赶单|先送单", alarm.words):
        return "骑手说要走了，现场可能没人"
    if re.search(r"陪着|守着|看着他|看着她|扶着|我在(这|旁边|边上|等)|等你们", alarm.words):
        return "骑手说有人在旁边"
    return "骑手是否还在，没有说"


def single(alarm: Alarm, calls: Sequence[Call], mark: str, now: int, most: int) -> str:
    """One alarm as a message of at most `most` bytes. What was typed is shortened, never the link.

    `mark` is the message's own number: the same in a message that had to be sent twice.
    """
    head = [f"【{alarm.level} {LEVEL_WORDS[alarm.level]}】{alarm.what}"]
    seen = f"{when(alarm.at, now)}{'（推算）' if alarm.estimated else ''}，{_ago(alarm, now)}"
    tail = [f"时间：{seen}", f"现场：{presence(alarm)}"]
    if alarm.calls:
        tail.append(f"有危险先打：{'、'.join(alarm.calls)}")
    tail.append(f"责任方：{alarm.desk}")
    if alarm.accepted:
        tail.append(f"已有人接：{alarm.accepted}")
    tail += [f"{call.who + ' ' if call.who else ''}接单：{call.link}" for call in calls]
    again = f" · 第 {alarm.times} 次提醒" if alarm.times > 1 else ""
    tail.append(f"工单 {alarm.number} · 消息 {mark}{again}")
    where = f"地点：{alarm.station}" + (f"，{inert(alarm.place)}" if alarm.place else "")
    said = f"原话：{inert(alarm.words)}" if alarm.words else ""
    if alarm.answers:
        tail.insert(1, cut("；".join(f"{asked}：{inert(told)}" for asked, told in alarm.answers), 300))
    left = most - len("\n".join([*head, *tail]).encode()) - 2
    place = cut(where, min(left // 2, 240))
    middle = [place]
    if said:
        words = cut(said, left - len(place.encode()) - 2)
        if len(words) > len("原话：…"):
            middle.append(words)
    return cut("\n".join([*head, *middle, *tail]), most)


def reminder(told: Reminder, calls: Sequence[Call], desk_url: str, mark: str, now: int, most: int) -> str:
    """One memo as a message of at most `most` bytes; what was typed in it is shortened, never the links."""
    tail = [f"{call.who + ' ' if call.who else ''}接单：{call.link}" for call in calls]
    tail.append(f"打开工作台看工单：{desk_url}")
    tail.append(f"消息 {mark}" + (f" · 第 {told.times} 次提醒" if told.times > 1 else ""))
    left = most - len("\n".join(tail).encode()) - 1
    return cut("\n".join([reminded(told, now, left), *tail]), most)


def reminded(told: Reminder, now: int, most: int) -> str:
    """`超时提醒：消防通道被占 · 北门站 · 处理超时 3 小时 · 责任方 物业秩序 · 工单 CXZ-…`, in at most `most` bytes."""
    head, said = headline(told, now), inert(told.said)
    if told.due is not None:
        # The message may have waited: it says how things are now.
        late = now > told.due
        said += f"超时 {lasted(now - told.due)}" if late else f"要在 {when(told.due, now)} 前做完"
    if not told.number:
        return cut(f"{head}：{told.station} · {said}", most)
    first, last = f"{head}：{told.what} · {told.station}", f" · 责任方 {told.desk} · 工单 {told.number}"
    room = most - len((first + last).encode()) - 3
    return cut(first + (f" · {cut(said, room)}" if said and room > 9 else "") + last, most)


def several(told: Sequence[Alarm | Reminder], calls: Sequence[Sequence[Call]], mark: str, now: int, most: int) -> str:
    """Several alarms in one message, when a channel has no room for one each; every one keeps its links."""
    lines = [f"【{min(one.level for one in told if one.level)}】{len(told)} 张工单等人接"]
    share = (most - 80) // max(1, len(told))
    for one, links in zip(told, calls, strict=True):
        taken = [f"{call.who + ' ' if call.who else ''}接单：{call.link}" for call in links]
        room = share - len("\n".join(taken).encode()) - 2
        lines += [reminded(one, now, room) if isinstance(one, Reminder) else _brief(one, now, room), *taken]
    return cut("\n".join([*lines, f"消息 {mark}"]), most)


def digest(told: Sequence[Alarm | Reminder], desk_url: str, mark: str, now: int, most: int) -> str:
    """What waits and need not wake anybody: counts, the first lines, and the way to the desk."""
    new = [one for one in told if isinstance(one, Alarm)]
    counts = [
        f"{LEVEL_WORDS[level]} {here} 件" for level in Level if (here := sum(one.level is level for one in new))
    ]  # fmt: skip
    heads = [headline(one, now) for one in told if isinstance(one, Reminder)]
    counts += [f"{head} {heads.count(head)} 件" for head in dict.fromkeys(heads)]
    tail = [f"打开工作台看工单：{desk_url}", f"消息 {mark}"]
    lines = [f"【汇总】{'、'.join(counts)}"]
    room = most - len("\n".join([*lines, *tail]).encode()) - 40
    shown = 0
    for one in told[:MOST_LISTED]:
        said = reminded(one, now, 200) if isinstance(one, Reminder) else _listed(one, now)
        line = f"{shown + 1}. {said}"
        room -= len(line.encode()) + 1
        if room < 0:
            break
        lines.append(line)
        shown += 1
    if len(told) > shown:
        lines.append(f"还有 {len(told) - shown} 件在工作台上")
    return cut("\n".join([*lines, *tail]), most)


def headline(told: Reminder, now: int) -> str:
    """What kind of word a memo is at this moment."""
    return told.head if told.due is None else "超时提醒" if now > told.due else "快到时限"


def _brief(alarm: Alarm, now: int, most: int) -> str:
    said = f"{alarm.level} {alarm.what} · {alarm.station} {inert(alarm.place)} · {_ago(alarm, now)} · {alarm.number}"
    return cut(said + (f" · {inert(alarm.words)}" if alarm.words else ""), most)


def _listed(alarm: Alarm, now: int) -> str:
    return cut(f"{alarm.what} · {alarm.station} {inert(alarm.place)} · {when(alarm.at, now)}", 147)


def _ago(alarm: Alarm, now: int) -> str:
    passed = lasted(now - alarm.at)
    return passed if passed == "刚刚" else f"{passed}前"
