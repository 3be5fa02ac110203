"""Thank-you letters: a closed report comes back as a few warm lines, on its receipt and on the station's screens."""

from gateway.sqlite import Row
from server.incidents import Incident, IncidentClosed, plain
from server.kit.clock import DAY_MS
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import PanelChanged
from server.kit.store import Work
from server.letters import records, rules
from server.letters.rules import FAMILY, REFUSED, SHOWN, WAITING, Name

SHOWN_MS = 7 * DAY_MS
MOST = 6
TITLE = "谢谢你"
FAMILYS_TITLE = "家属谢谢你"


def thank(work: Work, closed: IncidentClosed) -> None:
    """Put the letter up, when the person who closed the ticket wrote or kept one."""
    if not closed.letter:
        return
    incident = closed.incident
    records.add(work, incident.station, incident.id, TITLE, closed.letter, closed.sender, work.now + SHOWN_MS)
    work.tell(PanelChanged(incident.station))


def family_letter(incident: Incident, text: str, sender: str) -> tuple[str, str]:
    """A family's words and their sender as they will be read. Raises `Invalid`, and `Refused` (not closed)."""
    if incident.state != "closed":
        raise Refused("结案以后才能转感谢信")
    words = plain(text, rules.MAX_TEXT + 1)
    if not words:
        raise Invalid("请写感谢的话")
    if len(words) > rules.MAX_TEXT:
        raise Invalid(f"信最长 {rules.MAX_TEXT} 个字")
    return words, plain(sender, rules.MAX_SENDER).replace("\n", " ") or "家属"


def thank_from_family(work: Work, incident: Incident, text: str, sender: str) -> None:
    """A family's thanks, with the names taken out by whoever passes it on; at once on the receipt.

    On the screens only once its reader has agreed to be thanked there. Raises as `family_letter`.
    """
    words, signed = family_letter(incident, text, sender)
    records.add(work, incident.station, incident.id, FAMILYS_TITLE, words, signed, work.now + SHOWN_MS, FAMILY)
    work.tell(PanelChanged(incident.station))


def withdraw(work: Work, letter_id: int) -> None:
    """Take a letter off the screens and the receipt at once; raises `Missing`."""
    row = records.withdraw(work, letter_id)
    if row is None:
        raise Missing("没有这封信")
    work.tell(PanelChanged(row["station"]))


def on_receipt(work: Work, incident: int) -> tuple[Row, ...]:
    """The letters of a ticket that have not been withdrawn: the family's first."""
    found = (records.of_family(work, incident), records.of_incident(work, incident))
    return tuple(row for row in found if row is not None and row["withdrawn"] is None)


def name_for(work: Work, own: Incident, leading: Incident, typed: str) -> Name:
    """The reporter of `own` agrees to be thanked by this name; shown once somebody here has looked at it.

    Raises `Invalid`, and `Refused` when there is no letter. Whoever asks has recorded the consent.
    """
    name = rules.clean_name(typed)
    if not records.hangable(work, leading.id):
        raise Refused("现在没有感谢信可以挂")
    known = records.name_of(work, own.id)
    if known is not None and known.name == name and known.state != REFUSED:
        return known
    records.put_name(work, own.id, leading.id, name)
    _screens(work, leading.id)
    found = records.name_of(work, own.id)
    if found is None:
        raise Missing("没有找到这个称呼")
    return found


def answer_name(work: Work, incident: int, seen: str, by: str, *, good: bool) -> None:
    """Somebody of the committee has looked at the name `seen`.

    Raises `Refused` when nothing waits any more, when the rider has chosen another name since, or nothing would hang.
    """
    name = records.name_of(work, incident)
    if name is not None and name.name != seen:
        raise Refused("骑手刚改了称呼，请再看一眼")
    if name is None or name.state != WAITING:
        raise Refused("这个称呼已经有人看过，或者骑手撤回了")
    if good and not records.hangable(work, name.leading):
        raise Refused("信已经撤下，或者挂满了日子，没有可以挂的")
    records.answer_name(work, incident, SHOWN if good else REFUSED, by)
    if good:
        records.begin_again(work, name.leading, work.now + SHOWN_MS)
    _screens(work, name.leading)


def drop_name(work: Work, incident: int) -> bool:
    """No longer wanted: gone from every screen at once, and with it a family's letter. False when there was none."""
    name = records.name_of(work, incident)
    if name is None:
        return False
    records.drop_name(work, incident)
    _screens(work, name.leading)
    return True


def _screens(work: Work, incident: int) -> None:
    for station in records.stations_of(work, incident):
        work.tell(PanelChanged(station))
