"""Opening hours in words: what staff type and a table holds, and what a rider reads. Pure.

`周一至周五 06:00-22:00；周六、周日 08:00-20:00；节假日 不开；调休 06:00-22:00`
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from server.kit.clock import beijing
from server.stations.opening import (
    ALL_DAY,
    DAY,
    MOST_SPANS,
    MOST_UNUSUAL,
    WEEKDAYS,
    Days,
    Opening,
    Span,
    Spans,
    Unusual,
    open_at,
)

MOST_REASON = 40
SHUT = "不开"
ROUND_THE_CLOCK = "全天"

_SHUT = {"不开", "关", "休息", "关门", "不开门", "closed"}
_ALL_DAY = {"全天", "24小时", "24h"}
_EVERY_DAY = {"每天", "每日"}
_HOLIDAY = {"节假日", "假日", "法定节假日"}
_MAKEUP = {"调休", "调休上班", "补班"}
_GROUPS = {"工作日": range(5), "平日": range(5), "周末": range(5, 7), "双休日": range(5, 7)}
_TIMES = re.compile(r"(\d{1,2}):(\d{2})(?:-|~|至|到)(次日)?(\d{1,2}):(\d{2})")
_RANGE = re.compile(r"(周.)(?:-|~|至|到)(周.)")
_DATES = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:(?:~|至|到)(\d{4}-\d{1,2}-\d{1,2}))?")
_PARTS = re.compile(r"[;\n]+")
_AND = re.compile(r"[,、/ ]+")


@dataclass(frozen=True, slots=True)
class Doors:
    """Whether a station is open, None: nobody knows; in a `word` (`现在开着`), and `then` (`今晚 22:00 关`)."""

    open: bool | None
    word: str
    then: str
    reason: str = ""
    """Why today is unlike other days."""


NOBODY_KNOWS = Doors(None, "开放时间还没写", "去之前可以先问值班")


class Unclear(ValueError):
    """What was typed says no hours; `str()` is a Chinese sentence."""


def read_rule(text: str) -> Opening | None:
    """The weekly rule behind a line of words; None for nothing. Days that are not named stay shut. Raises `Unclear`."""
    week: list[Spans] = [()] * len(WEEKDAYS)
    holiday: Spans | None = None
    makeup: Spans | None = None
    parts = [part.strip() for part in _PARTS.split(_plain(text)) if part.strip()]
    for part in parts:
        days, space, rest = part.partition(" ")
        if not space:
            # Hours alone are for every day.
            days, rest = "每天", part
        spans = read_spans(rest)
        for word in (word for word in _AND.split(days) if word):
            if word in _HOLIDAY:
                holiday = spans
            elif word in _MAKEUP:
                makeup = spans
            else:
                for day in _days(word):
                    week[day] = spans
    if not parts:
        return None
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = week
    return Opening((monday, tuesday, wednesday, thursday, friday, saturday, sunday), holiday, makeup)


def read_spans(text: str) -> Spans:
    """`06:00-22:00`, `22:00-06:00` (into the next day), `6:00-10:00, 16:00-22:00`, `全天`, `不开`. Raises `Unclear`."""
    plain = _plain(text).strip()
    word = plain.replace(" ", "").lower()
    if word in _ALL_DAY:
        return ALL_DAY
    if word in _SHUT:
        return ()
    spans = []
    for piece in (piece for piece in _AND.split(plain) if piece):
        found = _TIMES.fullmatch(piece)
        if found is None:
            raise Unclear(f"“{piece[:20]}”看不懂，请写成 06:00-22:00，或者写 {ROUND_THE_CLOCK}、{SHUT}")
        opens, closes = _minutes(found[1], found[2]), _minutes(found[4], found[5])
        if found[3] or (closes < opens and closes <= DAY):
            closes += DAY
        try:
            spans.append(Span(opens, closes))
        except ValueError as cause:
            raise Unclear(f"“{piece[:20]}”不是一段时间；整天都开请写 {ROUND_THE_CLOCK}") from cause
    spans.sort()
    if not spans:
        raise Unclear(f"请写几点到几点，如 06:00-22:00，或者写 {ROUND_THE_CLOCK}、{SHUT}")
    if len(spans) > MOST_SPANS:
        raise Unclear(f"一天最多写 {MOST_SPANS} 段时间")
    if any(later.opens < earlier.closes for earlier, later in pairwise(spans)):
        raise Unclear(f"“{plain[:40]}”里有两段时间重叠")
    return tuple(spans)


def read_unusual(text: str) -> tuple[Unusual, ...]:
    """`2026-10-01~2026-10-03 不开 国庆检修；2026-12-31 06:00-24:00 跨年`. Raises `Unclear`."""
    found = []
    for part in (part.strip() for part in _PARTS.split(_plain(text)) if part.strip()):
        dates, _, rest = part.partition(" ")
        hours, _, reason = rest.strip().partition(" ")
        matched = _DATES.fullmatch(dates)
        if matched is None:
            raise Unclear(f"“{part[:30]}”看不懂，请写成：2026-10-01~2026-10-03 不开 国庆检修")
        found.append(unusual(matched[1], matched[2] or matched[1], hours, reason))
    if len(found) > MOST_UNUSUAL:
        raise Unclear(f"特别的日子最多写 {MOST_UNUSUAL} 条")
    return tuple(found)


def unusual(first: str, last: str, hours: str, reason: str) -> Unusual:
    """One entry, as a form has it; an empty `last` is `first`. Raises `Unclear`."""
    begins = _date(first)
    ends = _date(last) if last.strip() else begins
    if ends < begins:
        raise Unclear("结束的日期在开始之前，请看一下是不是写反了")
    if (ends - begins).days > 366:
        raise Unclear("一次最多写一年；长期不开请停用小站")
    said = "".join(letter for letter in reason if unicodedata.category(letter)[0] != "C").strip(" ;；")
    if not said:
        raise Unclear("请写一句为什么，骑手会看到，如：国庆检修")
    if len(said) > MOST_REASON:
        raise Unclear(f"原因最多 {MOST_REASON} 个字")
    return Unusual(begins, ends, read_spans(hours), said.replace(";", "，").replace("；", "，"))


def rule_words(rule: Opening | None) -> str:
    """The weekly rule as `read_rule` reads it; empty for None."""
    if rule is None:
        return ""
    parts = []
    days = list(range(len(WEEKDAYS)))
    while days:
        same = [day for day in days if rule.week[day] == rule.week[days[0]]]
        parts.append(f"{_day_words(same)} {spans_words(rule.week[days[0]])}")
        days = [day for day in days if day not in same]
    if rule.holiday is not None:
        parts.append(f"节假日 {spans_words(rule.holiday)}")
    if rule.makeup is not None:
        parts.append(f"调休 {spans_words(rule.makeup)}")
    return "；".join(parts)


def unusual_words(rule: Opening | None) -> str:
    """The days set apart as `read_unusual` reads them."""
    return "；".join(
        f"{dates_words(one, '~')} {spans_words(one.spans)} {one.reason}" for one in (rule.unusual if rule else ())
    )


def dates_words(one: Unusual, to: str = " 到 ") -> str:
    """`2026-10-01` or `2026-10-01 到 2026-10-03`."""
    return str(one.first) if one.first == one.last else f"{one.first}{to}{one.last}"


def spans_words(spans: Spans) -> str:
    """`06:00-22:00`, `22:00-次日06:00`, `全天`, `不开`."""
    if not spans:
        return SHUT
    return (
        ROUND_THE_CLOCK if spans == ALL_DAY else "、".join(f"{_clock(one.opens)}-{_clock(one.closes)}" for one in spans)
    )


def doors(rule: Opening | None, days: Days, now: int) -> Doors:
    """What riders read: `现在开着` · `今晚 22:00 关`, `已关` · `明早 6:00 开`, or that nobody has written it down."""
    if rule is None:
        return NOBODY_KNOWS
    found = open_at(rule, days, now)
    if found.open:
        then = "24 小时都开" if found.changes is None else f"{near(found.changes, now, end=True)} 关"
        return Doors(True, "现在开着", then, found.reason)
    then = "什么时候开还没定" if found.changes is None else f"{near(found.changes, now)} 开"
    return Doors(False, "已关", then, found.reason)


def near(at: int, now: int, *, end: bool = False) -> str:
    """A moment as people say it: `今晚 22:00`, `明早 6:00`, `周四 6:00`. `end`: midnight ends the day before."""
    moment, today = beijing(at), beijing(now)
    hour, minute, day = moment.hour, moment.minute, moment.date()
    if end and hour == minute == 0:
        hour, day = 24, date.fromordinal(day.toordinal() - 1)
    away = (day - today.date()).days
    part = 0 if hour < 5 else 1 if hour < 11 else 2 if hour < 18 else 3
    if away <= 0:
        word = ("凌晨", "今早", "今天", "今晚")[part]
    elif away == 1:
        small_hours = "凌晨" if today.hour >= 18 else "明天凌晨"
        word = (small_hours, "明早", "明天", "明晚")[part]
    elif away == 2:
        word = "后天"
    elif away < 7:
        word = WEEKDAYS[day.weekday()]
    else:
        word = f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"
    return f"{word} {hour}:{minute:02d}"


def _plain(text: str) -> str:
    """NFKC, so that fullwidth digits and colons count; one space, ASCII signs."""
    folded = unicodedata.normalize("NFKC", text).translate(str.maketrans("—–−～。，", "---~;,"))
    folded = folded.replace("星期", "周").replace("礼拜", "周").replace("周天", "周日")
    folded = re.sub(r"[^\S\n]+", " ", folded)
    return re.sub(r" ?([-~:,、]|至|到|次日) ?", r"\1", folded)


def _days(word: str) -> range | list[int]:
    if word in _EVERY_DAY:
        return range(7)
    if word in _GROUPS:
        return _GROUPS[word]
    if word in WEEKDAYS:
        return [WEEKDAYS.index(word)]
    found = _RANGE.fullmatch(word)
    if found and found[1] in WEEKDAYS and found[2] in WEEKDAYS:
        first, last = WEEKDAYS.index(found[1]), WEEKDAYS.index(found[2])
        return [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    raise Unclear(f"“{word[:20]}”不是日子，请写 每天、周一至周五、周六、节假日 或 调休")


def _day_words(days: list[int]) -> str:
    if len(days) == 7:
        return "每天"
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{WEEKDAYS[days[0]]}至{WEEKDAYS[days[-1]]}"
    return "、".join(WEEKDAYS[day] for day in days)


def _minutes(hour: str, minute: str) -> int:
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > DAY:
        raise Unclear(f"没有 {hour}:{minute} 这个时间")
    return found


def _clock(minutes: int) -> str:
    next_day = minutes > DAY
    minutes -= DAY * next_day
    return f"{'次日' * next_day}{minutes // 60:02d}:{minutes % 60:02d}"


def _date(text: str) -> date:
    try:
        year, month, day = (int(part) for part in text.strip().split("-"))
        return date(year, month, day)
    except ValueError as cause:
        raise Unclear(f"“{text.strip()[:20]}”不是日期，请写成 2026-10-01") from cause
