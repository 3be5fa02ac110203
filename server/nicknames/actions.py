"""Agreeing, taking it back, and what the receipt says of it. Consent and name come and go in one transaction."""

from dataclasses import dataclass

from server import alerts, incidents, letters, privacy
from server.alerts import DIGEST, Memo
from server.incidents import Incident
from server.kit.clock import beijing
from server.kit.errors import Refused
from server.kit.personal import Erasing, Exporting
from server.kit.store import Work
from server.letters import Name

PURPOSE = "thanked_in_public"
_MEMO = "nickname"


@dataclass(frozen=True, slots=True)
class Card:
    """For the receipt. `name` None: not asked yet, or taken back. `version` of the notice that is agreed to now."""

    name: Name | None
    version: int
    agreed: int | None
    """The version that was agreed to."""
    longest: int = letters.MAX_NAME


def card(work: Work, own: Incident, leading: Incident) -> Card | None:
    """None where there is no letter, and no name either."""
    name = letters.name_of(work, own.id)
    if name is None and not letters.on_receipt(work, leading.id):
        return None
    consent = privacy.consented(work, _subject(own.id), PURPOSE)
    return Card(name, privacy.current_notice().version, consent.version if consent else None)


def agree(work: Work, receipt: str, typed: str, version: int) -> Name:
    """Be thanked by this name. Raises `Missing`, `Invalid` (name, version) and `Refused` (no letter)."""
    own = incidents.by_receipt(work, receipt)
    leading = incidents.leading(work, own)
    name = letters.name_for(work, own, leading, typed)
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


def _forget(work: Work, incident: int) -> bool:
    withdrawn = privacy.withdraw_consent(work, _subject(incident), PURPOSE)
    return letters.drop_name(work, incident) or withdrawn


def _subject(incident: int) -> str:
    return f"receipt:{incident}"


def _moment(at: int) -> str:
    return beijing(at).isoformat(timespec="seconds")
