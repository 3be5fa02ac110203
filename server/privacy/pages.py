"""`/privacy`: what is kept of a rider, why, how long, and what they can ask for. In plain words, in versions."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from server import stations, thresholds
from server.kit.errors import Missing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.privacy import notice, rules
from server.privacy.notice import Section
from server.stations import Station

router = APIRouter(include_in_schema=False)

_DAYS = {
    "person": rules.PERSON_DAYS, "standard": rules.STANDARD_DAYS, "evidence": rules.EVIDENCE_DAYS,
    "sealed": rules.SEALED_DAYS, "checkin": rules.CHECKIN_DAYS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoticePage:
    """What `privacy/notice.html` shows."""

    version: int
    day: str
    newest: int
    others: tuple[int, ...]
    sections: tuple[Section, ...]
    station: Station | None


@router.get("/privacy")
def newest(request: Request, site: ThisSite, s: str = "") -> Response:
    """The notice that holds now; with a station (`s`), the numbers and the telephone of its community."""
    return _page(request, site, notice.current().version, s)


@router.get("/privacy/{version}")
def one(request: Request, site: ThisSite, version: int, s: str = "") -> Response:
    """An older version: what somebody agreed to then."""
    return _page(request, site, version, s)


def _page(request: Request, site: Site, version: int, code: str) -> Response:
    known = notice.versions()
    if version not in known:
        raise Missing("没有这一版隐私说明")
    with site.store.look() as look:
        station = stations.find(look, code[:64]) if code else None
        words = _words(look, station)
    page = NoticePage(
        version=version,
        day=known[version].day,
        newest=max(known),
        others=tuple(number for number in known if number != version),
        sections=known[version].filled(words),
        station=station,
    )
    return site.pages.page(request, "privacy/notice.html", page)


def _words(look: Work, station: Station | None) -> dict[str, str]:
    # Without a station it must hold everywhere: the longest that any community has set.
    codes = [station.community] if station else [str(row["code"]) for row in stations.communities(look)]
    words = {
        name: str(max((thresholds.value(look, one, code) for code in codes), default=one.default))
        for name, one in _DAYS.items()
    }
    words["who"] = f"{station.community_name}居委会" if station else "你所在小区的居委会"
    words["phone"] = station.duty_phone if station else "（在小站页面上）"
    return words
