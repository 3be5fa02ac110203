"""Profiles: a nickname and a verified number, only for riders who want one. Nothing else of the site needs it."""

from dataclasses import dataclass

from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting
from server.kit.site import Site
from server.profiles import card, consent_pages, leaving, pages, sign_pages
from server.profiles.access import PRIVATE, Who, go, inside, sign_in_first
from server.profiles.card import visited
from server.profiles.consents import POINTS, takes_points
from server.profiles.events import Agreed, Door, Home, Month, RiderLeft, Withdrawn
from server.profiles.records import migrations
from server.profiles.rules import Rider
from server.profiles.sender import Sender
from server.profiles.signing import COOKIE, current, known
from server.questions import Guesses

__all__ = [
    "COOKIE", "POINTS", "PRIVATE", "Agreed", "Door", "Home", "Month", "Rider", "RiderLeft", "Who", "Withdrawn",
    "current", "feature", "go", "inside", "known", "sign_in_first", "takes_points", "visited",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """What the process holds."""

    sender: Sender
    guesses: Guesses


def _start(site: Site) -> None:
    site.parts["profiles"] = Part(Sender(), Guesses("这个网络打开了太多不对的链接，请 10 分钟后再试"))


feature = Feature(
    "profiles",
    migrations=migrations,
    routers=[sign_pages.router, consent_pages.router, pages.router],
    hears={Exporting: leaving.export, Erasing: leaving.erase},
    start=_start,
    rounds={"forget what profiles do not need": (3600, card.forget_old)},
)
