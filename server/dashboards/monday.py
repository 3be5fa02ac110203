"""The Monday page, put together: this week against last, each figure with its sample and its list of tickets."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from gateway.contract.categories import DESK_LABELS, GROUPS
from gateway.sqlite import Row as Record
from server import thresholds, topics
from server.dashboards import queries, records, rules
from server.dashboards.chosen import Chosen
from server.dashboards.rules import Span
from server.fleet import Fleet
from server.kit.clock import DAY_MS, beijing, lasted, midnight
from server.kit.site import Site
from server.kit.store import Work

MONTHS = 6
MOST_TOPICS = 6
MOST_KIOSKS = 4


@dataclass(frozen=True, slots=True)
class Count:
    """A number, and the address of exactly these tickets."""

    value: int
    url: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of one week: a plain count (`hits` alone), a rate (`text`, `hits` of `sample`) or a time."""

    text: str
    hits: Count | None
    sample: Count | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `means` says how it is counted."""

    name: str
    means: str
    this: Cell
    last: Cell


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of thing, this week and last."""

    name: str
    this: Count
    last: Count
    change: str


@dataclass(frozen=True, slots=True)
class Owner:
    """A desk with open tickets past their limit."""

    name: str
    overdue: Count
    longest: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A place that came up again and again. `id` opens the topic, `tickets` its tickets of late."""

    id: int
    title: str
    tickets: Count


@dataclass(frozen=True, slots=True)
class Month:
    """Complaints of a month. `source` and `by` of the only community, or how many communities have a number."""

    month: str
    number: int
    note: str


@dataclass(frozen=True, slots=True)
class Screen:
    """One kiosk that somebody should look at."""

    name: str
    word: str
    since: str


@dataclass(frozen=True, slots=True)
class Monday:
    """All figures. `now` is the moment they were counted."""

    this: Span
    last: Span
    running: bool
    """Whether `this` is not over yet."""
    figures: tuple[Figure, ...]
    groups: tuple[Group, ...]
    owners: tuple[Owner, ...]
    proposed: tuple[Proposed, ...]
    more_proposed: int
    topic_days: int
    months: tuple[Month, ...]
    screens: tuple[Screen, ...]
    screen_words: tuple[tuple[str, int], ...]
    now: int


def monday(site: Site, work: Work, seen: Collection[str], community: str, this: Span) -> Monday:
    """The page of a week; `community` narrows it to one of those `seen`, empty: all of them."""
    within = Chosen(span=this, community=community)
    last = replace(within, span=this.shifted(-7))
    chosen = [community] if community else sorted(seen)
    proposed = topics.find(work, chosen, "proposed")
    days = max((thresholds.value(work, topics.DAYS, code) for code in chosen), default=topics.DAYS.default)
    screens, words = _screens(site, work, chosen)
    return Monday(
        this=this,
        last=this.shifted(-7),
        running=work.now < this.end,
        figures=_figures(work, seen, within, last),
        groups=_groups(work, seen, within, last),
        owners=_owners(work, seen, Chosen("overdue", community=community)),
        proposed=tuple(_proposed(work, seen, topic, days) for topic in proposed[:MOST_TOPICS]),
        more_proposed=max(0, len(proposed) - MOST_TOPICS),
        topic_days=days,
        months=_months(work, chosen),
        screens=screens,
        screen_words=words,
        now=work.now,
    )


def table(page: Monday) -> list[list[str | int]]:
    """The page for a spreadsheet, with a head."""
    rows: list[list[str | int]] = [["栏目", "指标", "本期", "本期样本", "上期", "上期样本", "说明"]]
    for one in page.figures:
        cells = [part for cell in (one.this, one.last) for part in (_value(cell), _sample(cell))]
        rows.append(["指标", one.name, *cells, one.means])
    rows += [["类别", one.name, one.this.value, "", one.last.value, "", one.change] for one in page.groups]
    rows += [["超期未结", one.name, one.overdue.value, "", "", "", f"最久 {one.longest}"] for one in page.owners]
    rows += [["重复地点", one.title, one.tickets.value, "", "", "", f"{page.topic_days} 天"] for one in page.proposed]
    rows += [["投诉", one.month, one.number, "", "", "", one.note] for one in page.months]
    rows += [["小站屏幕", word, number, "", "", "", ""] for word, number in page.screen_words]
    return [["周报", f"{page.this.first} 起一周，上期 {page.last.first} 起一周", "", "", "", "", ""], *rows]


def _figures(work: Work, seen: Collection[str], this: Chosen, last: Chosen) -> tuple[Figure, ...]:
    def count(chosen: Chosen) -> Count:
        return Count(queries.count(work, seen, chosen), chosen.url)

    def plain(what: str) -> tuple[Cell, Cell]:
        one, other = (Cell("", count(week.but(what)), None) for week in (this, last))
        return one, other

    def rate(hits: Chosen, sample: Chosen) -> Cell:
        part, whole = count(hits), count(sample)
        return Cell(rules.percent(part.value, whole.value), part, whole)

    def rates(what: str, of: str) -> tuple[Cell, Cell]:
        one, other = (rate(week.but(what), week.but(of)) for week in (this, last))
        return one, other

    def took(week: Chosen, what: str) -> Cell:
        chosen = week.but(what)
        times = (queries.acknowledged_after if what == "acknowledged" else queries.closed_after)(work, seen, chosen)
        return Cell(rules.spoken(times), None, Count(len(times), chosen.url))

    satisfied = tuple(rate(week.but("rated", face="good"), week.but("rated")) for week in (this, last))
    return (
        Figure("收到", "这一周收到的工单", *plain("received")),
        Figure("结案", "这一周结案的工单", *plain("closed")),
        Figure(
            "接单用时",
            "收到到首次立案或派遣，中位 / 九成不超过",
            took(this, "acknowledged"),
            took(last, "acknowledged"),
        ),
        Figure("办结用时", "收到到结案，中位 / 九成不超过", took(this, "closed"), took(last, "closed")),
        Figure("立案率", "已立案 ÷ 收到（不含并案）", *rates("filed", "counted")),
        Figure("结案率", "现在已结案 ÷ 已立案", *rates("filed_closed", "filed")),
        Figure("按期结案率", "按期结了 ÷ 这一周到期（不含不予受理、并案）", *rates("on_time", "due")),
        Figure("返工率", "退回重做或重开过 ÷ 结案", *rates("reworked", "closed")),
        Figure("骑手重开", "这一周因不满意重开", *plain("reopened")),
        Figure("满意率", "满意 ÷ 这一周的评价", *satisfied),
    )


def _groups(work: Work, seen: Collection[str], this: Chosen, last: Chosen) -> tuple[Group, ...]:
    now, before = (_by_group(queries.counts(work, seen, week, "category")) for week in (this, last))
    order = sorted(now.keys() | before.keys(), key=lambda name: (-now.get(name, 0), -before.get(name, 0), name))
    return tuple(
        Group(
            GROUPS.get(name, name),
            Count(now.get(name, 0), replace(this, group=name).url),
            Count(before.get(name, 0), replace(last, group=name).url),
            rules.change(now.get(name, 0), before.get(name, 0)),
        )
        for name in order
    )


def _by_group(categories: dict[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for code, number in categories.items():
        group = code.partition(".")[0]
        found[group] = found.get(group, 0) + number
    return found


def _owners(work: Work, seen: Collection[str], overdue: Chosen) -> tuple[Owner, ...]:
    counts = queries.counts(work, seen, overdue, "desk")
    since = queries.overdue_since(work, seen, overdue)
    labels = {str(code): label for code, label in DESK_LABELS.items()}
    return tuple(
        Owner(labels.get(desk, desk), Count(number, replace(overdue, desk=desk).url), lasted(work.now - since[desk]))
        for desk, number in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    )


def _proposed(work: Work, seen: Collection[str], topic: topics.Topic, days: int) -> Proposed:
    end = midnight(work.now) + DAY_MS
    chosen = Chosen("topic", Span(end - days * DAY_MS, end), topic=topic.id)
    return Proposed(topic.id, topic.title, Count(queries.count(work, seen, chosen), chosen.url))


def _months(work: Work, communities: Collection[str]) -> tuple[Month, ...]:
    today = beijing(work.now)
    first = today.year * 12 + today.month - 1 - (MONTHS - 1)
    by_month: dict[str, list[Record]] = {}
    for row in records.complaints(work, communities, f"{first // 12}-{first % 12 + 1:02d}"):
        by_month.setdefault(row["month"], []).append(row)
    return tuple(
        Month(
            month,
            sum(row["number"] for row in rows),
            f"{rows[0]['source']}，{rows[0]['by_name']}录入"
            if len(communities) == 1
            else f"{len(rows)} / {len(communities)} 个居民区已录入",
        )
        for month, rows in by_month.items()
    )


def _screens(
    site: Site, work: Work, communities: Collection[str]
) -> tuple[tuple[Screen, ...], tuple[tuple[str, int], ...]]:
    kiosks = [one for one in Fleet(site, work, communities).kiosks() if one.place.community]
    words: dict[str, int] = {}
    for one in kiosks:
        words[one.health.word] = words.get(one.health.word, 0) + 1
    wanting = [one for one in kiosks if one.health.life != "ready"]
    return tuple(
        Screen(one.place.name, one.health.word, lasted(work.now - one.health.since) if one.health.since else "")
        for one in wanting[:MOST_KIOSKS]
    ), tuple(sorted(words.items(), key=lambda pair: -pair[1]))


def _value(cell: Cell) -> str | int:
    return cell.text or (cell.hits.value if cell.hits else "")


def _sample(cell: Cell) -> str | int:
    if cell.sample is None:
        return ""
    return f"{cell.hits.value} / {cell.sample.value}" if cell.hits else cell.sample.value
