"""Agreeing, taking it back, and what the receipt says of it. Consent and name come and go in one transaction."""

from dataclasses import dataclass

from gateway.sqlite import Row
from server import alerts, incidents, letters, privacy
from server.alerts import DIGEST, Memo
from server.incidents import Incident
from server.kit.clock import beijing
from server.kit.errors import Invalid, Refused
from server.kit.personal import Erasing, Exporting
from server.kit.store import Work
from server.letters import Name

PURPOSE = "thanked_in_public"
UP, WAITING, NOT_WANTED, TAKEN_DOWN, OVER = "up", "waiting", "not_wanted", "taken_down", "over"
STANDS = {
    UP: "挂出来了",
    WAITING: "等居委看一眼",
    NOT_WANTED: "居委没有挂",
    TAKEN_DOWN: "信撤下了",
    OVER: "挂满日子，拿下来了",
}
_MEMO = "nickname"


@dataclass(frozen=True, slots=True)
class Card:
    """For the receipt. `name` None: not asked yet, or taken back. `version` of the notice that is agreed to now."""

    name: Name | None
    version: int
    agreed: int | None
    """The version that was agreed to."""
    stands: str = ""
    """How a name that was given stands: a key of `STANDS`; empty without one."""
    hanging: tuple[Row, ...] = ()
    """The letters that are up under this name."""
    gone: tuple[Row, ...] = ()
    """The letters that the committee has taken down."""
    longest: int = letters.MAX_NAME

    @property
    def said(self) -> str:
        """How it stands, in a few words."""
        return STANDS.get(self.stands, "")


def card(work: Work, own: Incident, leading: Incident) -> Card | None:
    """None where there is no letter to hang, and no name either."""
    name = letters.name_of(work, own.id)
    if name is None and not letters.hangable(work, leading.id):
        return None
    consent = privacy.consented(work, _subject(own.id), PURPOSE)
    version, agreed = privacy.current_notice().version, consent.version if consent else None
    if name is None:
        return Card(None, version, agreed)
    hanging = tuple(letters.hanging(work, name.leading)) if name.state == letters.SHOWN else ()
    both = (letters.of_family(work, name.leading), letters.of_incident(work, name.leading))
    gone = tuple(row for row in both if row is not None and row["withdrawn"] is not None)
    return Card(name, version, agreed, _stands(work, name), hanging, gone)


def agree(work: Work, receipt: str, typed: str, version: int) -> Name:
    """Be thanked by this name. Raises `Missing`, `Invalid` (name, version) and `Refused` (no letter)."""
    own = incidents.by_receipt(work, receipt)
    leading = incidents.leading(work, own)
    name = letters.name_for(work, own, leading, typed)
    if version != privacy.current_notice().version:
        raise Invalid("隐私说明刚换了新的一版，请再看一眼")
    privacy.consent(work, _subject(own.id), PURPOSE, version)
    if name.state == letters.WAITING:
        alerts.withdraw(work, leading.id, _MEMO)
        alerts.tell(
            work,
            Memo(
                leading.community, ("duty", "director"), DIGEST, "骑手同意挂感谢信", "请看一眼称呼，再挂到小站",
                incident=leading.id, key=_MEMO, while_open=False, instead=("street",),
            ),
        )  # fmt: skip
    return name


def take_back(work: Work, receipt: str) -> None:
    """As easy as agreeing: gone from every screen at once. Raises `Missing`, and `Refused` when there is nothing."""
    own = incidents.by_receipt(work, receipt)
    name = letters.name_of(work, own.id)
    if not _forget(work, own.id) or name is None:
        raise Refused("这张回执上没有同意挂出来的称呼")
    alerts.withdraw(work, name.leading, _MEMO)


def export(work: Work, event: Exporting) -> None:
    """The name, and what was agreed to."""
    for ticket in sorted(event.subject.tickets):
        name = letters.name_of(work, ticket)
        consents = privacy.consents(work, _subject(ticket))
        if name is not None:
            event.add("感谢信上的称呼", [{"称呼": name.name, "时间": _moment(name.at), "状态": name.state}])
        event.add(
            "同意", [{"同意什么": one.purpose, "说明第几版": one.version, "时间": _moment(one.at)} for one in consents]
        )


def erase(work: Work, event: Erasing) -> None:
    """Gone from the screens, and with it from whom the consent was."""
    for ticket in sorted(event.subject.tickets):
        if _forget(work, ticket):
            event.counts["感谢信上的称呼"] += 1
        forgotten = privacy.forget_consents(work, _subject(ticket))
        if forgotten:
            event.counts["同意"] += forgotten


def _stands(work: Work, name: Name) -> str:
    if name.state == letters.SHOWN:
        if letters.hanging(work, name.leading):
            return UP
    elif letters.hangable(work, name.leading):
        return WAITING if name.state == letters.WAITING else NOT_WANTED
    return OVER if letters.on_receipt(work, name.leading) else TAKEN_DOWN


def _forget(work: Work, incident: int) -> bool:
    withdrawn = privacy.withdraw_consent(work, _subject(incident), PURPOSE)
    return letters.drop_name(work, incident) or withdrawn


def _subject(incident: int) -> str:
    return f"receipt:{incident}"


def _moment(at: int) -> str:
    return beijing(at).isoformat(timespec="seconds")
