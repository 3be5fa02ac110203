"""Help certificates 助人证明: signed times of a report, nobody's name; whoever holds one can check it, offline too."""

from server.certificates import desk_pages, receipt_pages, verify_pages
from server.certificates.actions import Card, OnTicket, ask, card, grant, on_ticket, refuse, revoke
from server.certificates.checking import Verdict, check
from server.certificates.office import Office
from server.certificates.records import count, listed, migrations
from server.certificates.rules import ASKED, GRANTED, GRANTERS, REFUSED, REVOKED, STATES, Certificate, Facts
from server.kit.feature import Feature
from server.kit.site import Site

__all__ = [
    "ASKED", "GRANTED", "GRANTERS", "REFUSED", "REVOKED", "STATES", "Card", "Certificate", "Facts", "OnTicket",
    "Verdict", "ask", "card", "check", "count", "feature", "grant", "listed", "on_ticket", "refuse", "revoke",
]  # fmt: skip


def _start(site: Site) -> None:
    site.parts["certificates"] = Office()


feature = Feature(
    "certificates",
    migrations=migrations,
    routers=[receipt_pages.router, desk_pages.router, verify_pages.router],
    start=_start,
)
