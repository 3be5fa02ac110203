"""`/o/{token}`: what an outside body needs to act, and its answer. No account; no names; photos only where allowed."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.contract.categories import Category
from server import incidents, photos, stations
from server.kit.errors import Fault, Invalid, Missing, Refused, Unavailable
from server.kit.site import Site, ThisSite
from server.photos import VaultError
from server.questions import engaging, links, records, replying, tokens
from server.questions.links import Link, Use
from server.questions.replying import PhotosLeft, ThisForm
from server.stations import Station

router = APIRouter(include_in_schema=False)

PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class OutsidePage:
    """What `questions/outside.html` shows. Once it is no longer `open`, nothing of the ticket is."""

    token: str
    link: Link
    open: bool
    closed: str
    kind: Category
    level: str
    level_word: str
    number: str
    station: Station | None
    place: str
    words: str
    pictures: tuple[int, ...]
    said: tuple[tuple[str, Use], ...]
    received: bool
    trouble: str
    photos_left: bool
    what: str
    """Which form was just sent in vain: word, done or declined."""
    typed: str
    now: int
    longest: int = links.MAX_WORDS
    most_photos: int = links.MOST_PHOTOS


@router.get("/o/{token}")
def show(request: Request, site: ThisSite, token: str) -> Response:
    """The ticket as far as this body needs it; that somebody looked is written down."""
    number = _number(request, site, token)
    with site.store.work() as work:
        link = engaging.link_of(work, number)
        if link.state == "open":
            engaging.opened(work, link)
    return _page(request, site, token)


@router.post("/o/{token}")
def answer(request: Request, site: ThisSite, token: str, sent: ThisForm) -> Response:
    """收到, a word on the way, done, or not theirs; a refusal shows what was typed."""
    number = _number(request, site, token)
    what, words = sent.said("what"), sent.said("words")
    try:
        if what == "done":
            replying.done(site, number, sent)
        else:
            with site.store.work() as work:
                match what:
                    case "received":
                        engaging.received(work, number)
                    case "word":
                        engaging.progress(work, number, words)
                    case "declined":
                        engaging.declined(work, number, words)
                    case _:
                        raise Invalid("请点下面的一个按钮")
    except (Invalid, Refused) as refusal:
        return _page(request, site, token, refusal, what, words)
    return RedirectResponse(f"/o/{token}", 303, headers=PRIVATE)


@router.get("/o/{token}/photos/{photo}.jpg")
def picture(request: Request, site: ThisSite, token: str, photo: int) -> Response:
    """One of the pictures somebody ticked for this body; each view is written down first."""
    number = _number(request, site, token)
    with site.store.work() as work:
        link = engaging.link_of(work, number)
        incident = incidents.get(work, link.incident)
        found = photos.get(work, photo)
        if incident is None or found is None or photo not in _shown(link, incidents.photos(work, incident.id)):
            raise Missing("没有找到这张照片")
        if links.standing(link, incident, work.now) != "open" or not links.may_show_photos(incident.kind):
            raise Missing("没有找到这张照片")
        records.note_use(work, link.id, "photo", photo=photo)
    try:
        content: bytes = site.parts["photos"].vault.get(found.large)
    except VaultError as cause:
        raise Unavailable(cause.sentence) from cause
    return Response(content, media_type="image/jpeg", headers={**PRIVATE, "Cache-Control": "no-store"})


def _number(request: Request, site: Site, token: str) -> int:
    number = tokens.number(request, site, "o", token)
    with site.store.look() as look:
        if records.link(look, number) is None:
            raise Missing(tokens.NOT_FOUND)
    return number


def _shown(link: Link, there: list[int]) -> tuple[int, ...]:
    """Those that were ticked and are still on this ticket."""
    return tuple(photo for photo in link.photos if photo in there)


def _page(
    request: Request, site: Site, token: str, refusal: Fault | None = None, what: str = "", typed: str = ""
) -> Response:
    number = tokens.number(request, site, "o", token)
    with site.store.look() as look:
        link = engaging.link_of(look, number)
        incident = incidents.get(look, link.incident)
        if incident is None:
            raise Missing(tokens.NOT_FOUND)
        state = links.standing(link, incident, look.now)
        uses = records.uses(look, link.id)
        shown = _shown(link, incidents.photos(look, incident.id)) if links.may_show_photos(incident.kind) else ()
        page = OutsidePage(
            token=token,
            link=link,
            open=state == "open",
            closed=links.CLOSED_DOORS.get(state, ""),
            kind=incident.kind,
            level=str(incident.level),
            level_word=links.LEVEL_WORDS[incident.level],
            number=incident.number,
            station=stations.known(look, incident.station),
            place=links.masked(incident, incident.place),
            # What a person in need said of themselves stays here; what has to be done, the desk has written.
            words="" if incident.kind.private else links.masked(incident, incident.words),
            pictures=tuple(photo for photo in shown if photos.get(look, photo) is not None),
            said=tuple((links.USES[use.what], use) for use in uses if use.what not in {"opened", "photo"}),
            received=any(use.what == "received" for use in uses),
            trouble=refusal.sentence if refusal else "",
            photos_left=isinstance(refusal, PhotosLeft),
            what=what,
            typed=typed[: links.MAX_WORDS],
            now=look.now,
        )
    status = refusal.status if refusal else 200
    return site.pages.page(request, "questions/outside.html", page, status=status, headers=PRIVATE)
