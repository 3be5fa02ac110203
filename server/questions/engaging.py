"""Sending a ticket to an outside body by a link, and taking what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from server import incidents
from server.incidents import By, Incident, IncidentMoved, plain
from server.kit.clock import DAY_MS, MINUTE_MS
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.site import Site
from server.kit.store import Work
from server.questions import links, records
from server.questions.asking import BATCH, repaint
from server.questions.links import Link
from server.staff import Person

LOOKED_AGAIN_MS = 10 * MINUTE_MS
"""Opening the page again within this time is the same visit."""
_OUTSIDE = "外部单位"


@dataclass(frozen=True, slots=True)
class Engaged:
    """For the reporter's page: who else has it in hand, since when, and when they said that they have it."""

    body: str
    at: int
    received: int | None


def engage(
    work: Work,
    incident_id: int,
    person: Person,
    *,
    body: str,
    asks: str,
    days: int,
    photos: bool = False,
    version: int | None = None,
) -> Link:
    """Make a link for a body without an account; one at a time. `photos`: it may see those there are now.

    Raises `Invalid` (nothing asked, days, photos of a person) and as `incidents.move`.
    """
    name = plain(body, links.MAX_BODY).replace("\n", " ")
    wanted = plain(asks, links.MAX_ASKS + 1)
    if not name:
        raise Invalid("请写发给哪个单位")
    if not wanted:
        raise Invalid("请写要对方办什么")
    if len(wanted) > links.MAX_ASKS:
        raise Invalid(f"要办的事最长 {links.MAX_ASKS} 个字")
    if not 1 <= days <= links.MOST_DAYS:
        raise Invalid(f"链接的期限是 1–{links.MOST_DAYS} 天")
    incident = incidents.visible(work, incident_id, person)
    if photos and not links.may_show_photos(incident.kind):
        raise Invalid("这一类的照片不给外面看")
    known = records.open_link(work, incident.id)
    if known is not None and links.standing(known, incident, work.now) == "open":
        raise Refused(f"已经发给{known.body}了；要换一家，先收回那个链接")
    incidents.move(work, incident.id, "engage", person, version=version, body=name, note=f"{name}：{wanted}")
    if known is not None:
        records.settle_link(work, known.id, "expired")
    shown = incidents.photos(work, incident.id) if photos else []
    until = work.now + days * DAY_MS
    return link_of(work, records.add_link(work, incident.id, name, wanted, shown, (person.id, person.name), until))


def revoke(work: Work, link_id: int, person: Person) -> Incident:
    """Nobody gets in by this link any more. Raises `Missing`, `Forbidden`, `Refused` (settled already)."""
    link = link_of(work, link_id)
    incident = incidents.visible(work, link.incident, person)
    if not person.triages:
        raise Forbidden("这一步由居委或街道来做")
    if link.state != "open":
        raise Refused(f"这个链接{links.STATES[link.state]}")
    records.settle_link(work, link.id, "revoked")
    return _wait_no_more(work, incident, f"收回了发给{link.body}的链接", By.person(person))


def opened(work: Work, link: Link) -> None:
    """Somebody looked at the page."""
    last = records.last_use(work, link.id, "opened")
    if last is None or work.now - last.at > LOOKED_AGAIN_MS:
        records.note_use(work, link.id, "opened")


def received(work: Work, link_id: int) -> None:
    """The body has heard of it; said twice, it is said once. Raises `Missing` and `Refused`."""
    link, incident = open_for_words(work, link_id)
    if records.last_use(work, link.id, "received") is None:
        records.note_use(work, link.id, "received")
        repaint(work, incident)


def progress(work: Work, link_id: int, words: str) -> None:
    """A word on how far it is; the ticket stays where it is. Raises `Missing`, `Invalid` and `Refused`."""
    link, incident = open_for_words(work, link_id)
    said = _said(words, "请写一句办到哪里了")
    last = records.last_use(work, link.id, "word")
    if last is not None and last.words == said:
        return
    if records.words_said(work, link.id) >= links.MOST_SAID:
        raise Refused("这里写得够多了，有事请打电话")
    records.note_use(work, link.id, "word", said)
    repaint(work, incident)


def done(work: Work, link_id: int, words: str, photos: Sequence[int] = ()) -> None:
    """The body says that the work is done; somebody here checks it. Sent twice, it is done once.

    Raises `Missing`, `Invalid` (no word on how) and `Refused`.
    """
    if link_of(work, link_id).state == "done":
        return
    link, incident = open_for_words(work, link_id)
    said = _said(words, "请写一句怎么办好的")
    records.settle_link(work, link.id, "done")
    records.note_use(work, link.id, "done", said)
    incidents.add_photos(work, incident.id, photos)
    incidents.done_outside(work, incident.id, link.body, said)


def declined(work: Work, link_id: int, words: str) -> None:
    """Not theirs: the desk decides anew. Sent twice, it is said once. Raises `Missing`, `Invalid` and `Refused`."""
    if link_of(work, link_id).state == "declined":
        return
    link, incident = open_for_words(work, link_id)
    said = _said(words, "请写一句归谁管，或者为什么不归你们")
    records.settle_link(work, link.id, "declined")
    records.note_use(work, link.id, "declined", said)
    incidents.hear(work, incident.id, f"不归我们管：{said}", by=By(None, link.body, _OUTSIDE), whom="outside")


def engaged(work: Work, incident: Incident) -> Engaged | None:
    """Which outside body has this ticket in hand now; None without one."""
    link = records.open_link(work, incident.id)
    if link is None or links.standing(link, incident, work.now) != "open":
        return None
    heard = records.last_use(work, link.id, "received")
    return Engaged(link.body, link.at, heard.at if heard else None)


def link_of(work: Work, link_id: int) -> Link:
    """One link; raises `Missing`."""
    link = records.link(work, link_id)
    if link is None:
        raise Missing("没有找到这个链接")
    return link


def open_for_words(work: Work, link_id: int) -> tuple[Link, Incident]:
    """The link and its ticket, while something can be said through it; raises `Missing` and `Refused`."""
    link = link_of(work, link_id)
    incident = incidents.get(work, link.incident)
    if incident is None:
        raise Missing("没有找到这个链接")
    state = links.standing(link, incident, work.now)
    if state != "open":
        raise Refused(links.CLOSED_DOORS[state])
    return link, incident


def moved(work: Work, event: IncidentMoved) -> None:
    """Whoever moves a ticket on needs no word from outside any more."""
    incident, former = event.incident, event.former
    handed_on = former.waiting == "outside" and not incident.waiting and event.move == "dispatch"
    if handed_on or incident.state not in links.AT_WORK:
        link = records.open_link(work, incident.id)
        if link is not None:
            records.settle_link(work, link.id, "passed")


def tell_expired(site: Site) -> None:
    """Chore: after its last day nobody waits for a link's answer."""
    while True:
        with site.store.work() as work:
            due = records.links_due(work, BATCH)
            for link in due:
                records.settle_link(work, link.id, "expired")
                incident = incidents.get(work, link.incident)
                if incident is not None:
                    _wait_no_more(work, incident, f"发给{link.body}的链接到期了，没等到办好", By(None, "系统"))
        if len(due) < BATCH:
            return


def _said(words: str, otherwise: str) -> str:
    said = plain(words, links.MAX_WORDS)
    if not said:
        raise Invalid(otherwise)
    return said


def _wait_no_more(work: Work, incident: Incident, words: str, by: By) -> Incident:
    if incident.waiting != "outside":
        repaint(work, incident)
        return incident
    return incidents.hear(work, incident.id, words, name="lapse", by=by, whom="outside")
