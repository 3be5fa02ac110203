"""The Monday page, put together: this week against last, each figure with its sample and its list of tickets."""

from collections.abc import Collection
from dataclasses import replace

from gateway.contract.categories import DESK_LABELS, GROUPS
from gateway.sqlite import Row as Record
from server import thresholds, topics
from server.dashboards import queries, records, rules
from server.dashboards.chosen import Chosen
from server.dashboards.figures import (
    Aside,
    Cell,
    Count,
    Figure,
    Group,
    Held,
    Monday,
    Month,
    Owner,
    Proposed,
    Screen,
)
from server.dashboards.rules import Span
from server.fleet import Fleet
from server.incidents import STATES
from server.kit.clock import DAY_MS, beijing, day, lasted, midnight
from server.kit.site import Site
from server.kit.store import Work

MONTHS = 6
MOST_TOPICS = 6
MOST_KIOSKS = 4


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
        held=_held(work, seen, Chosen("now", community=community)),
        asides=_asides(work, seen, within, last),
        owners=_owners(work, seen, Chosen("overdue", community=community)),
        proposed=tuple(_proposed(work, seen, topic, days) for topic in proposed[:MOST_TOPICS]),
        more_proposed=max(0, len(proposed) - MOST_TOPICS),
        topic_days=days,
        months=_months(work, chosen),
        screens=screens,
        screen_words=words,
        now=work.now,
    )


def _figures(work: Work, seen: Collection[str], this: Chosen, last: Chosen) -> tuple[Figure, ...]:
    def count(chosen: Chosen) -> Count:
        return Count(queries.count(work, seen, chosen), chosen.url)

    def plain(what: str) -> tuple[Cell, Cell]:
        one, other = (Cell("", count(week.but(what)), None) for week in (this, last))
        return one, other

    def counted(what: str, beside: str) -> tuple[Cell, Cell]:
        one, other = (Cell("", count(week.but(what)), count(week.but(beside))) for week in (this, last))
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
            "收到到首次立案、属实或派遣，中位 / 九成不超过",
            took(this, "acknowledged"),
            took(last, "acknowledged"),
        ),
        Figure("办结用时", "收到到结案，中位 / 九成不超过", took(this, "closed"), took(last, "closed")),
        Figure("立案率", "已立案 ÷ 收到；待复核、误报、并案、作废另计", *rates("filed", "counted")),
        Figure("结案率", "现在已结案 ÷ 已立案；挂账、转办不算结案", *rates("filed_closed", "filed")),
        Figure("按期结案率", "按期结了 ÷ 这一周到期；挂账、转办时停表", *rates("on_time", "due")),
        Figure("返工率", "退回重做或重开过 ÷ 结案", *rates("reworked", "closed")),
        Figure("重开", "这一周重开：不满意，或又出现；n 是结案的", *counted("reopened", "closed")),
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


def _held(work: Work, seen: Collection[str], now: Chosen) -> tuple[Held, ...]:
    found, states = queries.counts(work, seen, now, "state"), ("unconfirmed", "shelved", "transferred")
    return tuple(
        Held(
            STATES[state],
            Count(found.get(state, 0), replace(now, state=state).url),
            _waiting(work, seen, replace(now, state=state)) if found.get(state) else "",
        )
        for state in states
    )


def _waiting(work: Work, seen: Collection[str], held: Chosen) -> str:
    if held.state == "unconfirmed":
        since = queries.longest_ago(work, seen, held)
        return f"最久 {lasted(work.now - since)}" if since is not None else ""
    review = queries.first_review(work, seen, held)
    return f"最早 {day(review)} 再看" if review is not None else ""


def _asides(work: Work, seen: Collection[str], this: Chosen, last: Chosen) -> tuple[Aside, ...]:
    labels = {
        "rejected": "不予受理", "false_alarm": "设备误报", "merged": "并案", "void": "作废", "withdrawn": "骑手撤回",
    }  # fmt: skip
    return tuple(
        Aside(label, *(Count(queries.count(work, seen, week.but(what)), week.but(what).url) for week in (this, last)))
        for what, label in labels.items()
    )


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
