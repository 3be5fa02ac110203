"""One line of the list: what a ticket is, where it stands, whose it is, and what is awaited."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.contract.categories import DESK_LABELS, Level
from gateway.contract.presence import Presence
from server import alerts, clocks, incidents
from server.desk import found
from server.desk.found import Piece
from server.desk.rules import ClockSign, clock_sign
from server.incidents import CHANNELS, MOVES, NEW, OPEN, STATES, Incident, Request
from server.kit.clock import day
from server.kit.store import Work
from server.staff import Person, name_of

LEVEL_WORDS = {Level.P0: "特急", Level.P1: "紧急", Level.P2: "一般", Level.P3: "普通"}
CHANNEL_ICONS = {"phone": "device-mobile", "kiosk": "device-tablet", "device": "bell", "api": "plug-connected"}
URGENT = frozenset({Level.P0, Level.P1})


@dataclass(frozen=True, slots=True)
class Sign:
    """A short word about a ticket, with its icon. `tone`: as of a pill."""

    words: str
    icon: str
    tone: str = "wait"


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in the list. `pinned`: open P0 or P1, on top; `alarm`: and nobody has accepted it."""

    incident: Incident
    station: str
    level_word: str
    state: str
    desk: str
    assignee: str
    """Who has it in hand: a name, `我`, or empty."""
    channel: str
    channel_icon: str
    photos: int
    verified: bool
    pinned: bool
    alarm: bool
    taken: str
    """`王值班 22:06 已接单` of an urgent ticket that was taken over by the link and has not moved since."""
    clock: ClockSign | None
    signs: tuple[Sign, ...]
    label: tuple[Piece, ...]
    where: tuple[Piece, ...]
    quote: tuple[Piece, ...]
    """What was searched for, where the row does not show it anyway."""
    fits: bool
    """Whether it belongs on the tab that is open; a ticket that has just moved on stays in sight, dimmed."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What is read for all rows at once, by ticket; `names` by account."""

    photos: dict[int, int]
    clocks: dict[int, clocks.Standing]
    taken: dict[int, str]
    asked: dict[int, list[Request]]
    names: dict[int, str]
    now: int


def rows(
    work: Work,
    person: Person,
    shown: Sequence[Incident],
    stations: dict[str, str],
    q: str = "",
    fits: Callable[[Incident], bool] = lambda incident: True,
) -> tuple[Row, ...]:
    """The rows of these tickets. `stations`: code → name; `q`: the words to mark."""
    signs = _signs(work, shown)
    return tuple(_row(one, person, stations, signs, q, fits(one)) for one in shown)


def _signs(work: Work, shown: Sequence[Incident]) -> Signs:
    numbers = {one.id for one in shown}
    ringing = [one.id for one in shown if one.level in URGENT and one.state in NEW]
    requests = {number: incidents.requests_of(work, number) for number in numbers}
    accounts = {one.assignee for one in shown if one.assignee is not None}
    return Signs(
        photos=incidents.photo_counts(work, numbers),
        clocks=clocks.standings(work, list(shown)),
        taken={number: words for number in ringing if (words := alerts.first(work, number))},
        asked={number: [one for one in some if one.state == "asked"] for number, some in requests.items() if some},
        names={account: name_of(work, account) for account in accounts},
        now=work.now,
    )


def _row(incident: Incident, person: Person, stations: dict[str, str], signs: Signs, q: str, fits: bool) -> Row:
    pinned = incident.level in URGENT and incident.state in OPEN
    station = stations.get(incident.station, incident.station)
    where = f"{station} · {incident.place}" if incident.place else station
    texts = (incident.words, incident.reply, incident.body, incident.number)
    return Row(
        incident=incident,
        station=station,
        level_word=LEVEL_WORDS[incident.level],
        state=STATES[incident.state],
        desk="待派遣" if incident.state == "filed" else DESK_LABELS[incident.desk],
        assignee="我" if incident.assignee == person.id else signs.names.get(incident.assignee or 0, ""),
        channel=CHANNELS[incident.channel],
        channel_icon=CHANNEL_ICONS[incident.channel],
        photos=signs.photos.get(incident.id, 0),
        verified=incident.presence is Presence.VERIFIED,
        pinned=pinned,
        alarm=pinned and incident.state in NEW and incident.id not in signs.taken,
        taken=signs.taken.get(incident.id, ""),
        clock=clock_sign(signs.clocks.get(incident.id)),
        signs=_words(incident, person, signs),
        label=found.marked(incident.kind.label, q),
        where=found.marked(where, q),
        quote=found.excerpt(texts, q) if q else (),
        fits=fits,
    )


def _words(incident: Incident, person: Person, signs: Signs) -> tuple[Sign, ...]:
    """The gravest first."""
    said: list[Sign] = []
    if incident.supervised is not None and incident.state in OPEN:
        said.append(Sign("督办", "speakerphone", "bad"))
    for request in signs.asked.get(incident.id, ()):
        by = "你申请的" if request.by_id == person.id else f"{request.by_name}申请"
        said.append(Sign(f"待批准：{MOVES[request.move].label}（{by}）", "gavel", "warn"))
    if incident.state in OPEN and incident.waiting == "reporter":
        said.append(Sign("等骑手回答", "message-circle"))
    if incident.state in OPEN and incident.waiting == "outside":
        said.append(Sign("等外单位回话", "external-link"))
    if incident.state == "shelved" and incident.review_at is not None:
        said.append(Sign(f"{day(incident.review_at)}再看", "hourglass"))
    if incident.state == "transferred":
        again = "" if incident.review_at is None else f"，{day(incident.review_at)}问进展"
        said.append(Sign(f"在{incident.body}{again}", "external-link"))
    if incident.state == "closed" and incident.look_at is not None:
        due = incident.look_at <= signs.now
        said.append(Sign("该复查了" if due else f"{day(incident.look_at)}复查", "history", "warn" if due else "wait"))
    return tuple(said)
