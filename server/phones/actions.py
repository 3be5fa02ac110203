"""Knowing a phone again for a day, without knowing whose it is."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response
from itsdangerous import BadData
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from server import incidents, routing, thresholds
from server.incidents import Incident
from server.kit.errors import TooMany
from server.kit.site import Site
from server.kit.store import Work
from server.phones import records, rules
from server.phones.rules import COOKIE, MOST_REPORTS, MOST_SPAM, REMEMBERED_MS, Sent

_PURPOSE = "phone-mark"
_THROWN_OUT = frozenset({"rejected", "void"})


@dataclass(frozen=True, slots=True)
class Phone:
    """Who sends, as far as anybody knows. `mark`: empty when it carries none that this site signed within the day."""

    mark: str = ""
    address: str = "?"


class Addresses:
    """How much comes from one address, whatever marks it throws away; kept in `site.parts`."""

    def __init__(self) -> None:
        self._sent = SlidingWindowCounterRateLimiter(MemoryStorage())

    def check(self, address: str) -> None:
        """Count one; raises `TooMany`."""
        if not self._sent.hit(rules.FROM_ONE_ADDRESS, address):
            raise TooMany(rules.TOO_MANY_HERE, 600)


def read(site: Site, request: Request) -> Phone:
    """The phone behind a request."""
    return Phone(_mark(site, request), request.client.host if request.client else "?")


def remember(site: Site, request: Request, response: Response) -> None:
    """Give a phone that carries none a fresh mark: random, for one day, readable by no script."""
    if not _mark(site, request):
        response.set_cookie(
            COOKIE,
            str(site.signer(_PURPOSE).dumps(secrets.token_urlsafe(16))),
            max_age=REMEMBERED_MS // 1000,
            httponly=True,
            samesite="lax",
            secure=site.public_url.startswith("https:"),
        )


def marks_of(site: Site, carried: str, proof: str) -> frozenset[str]:
    """By what a phone's reports are known again: its mark, and the scan (signed token) it came from; as hashes."""
    return frozenset(_hashed(site, kind, value) for kind, value in (("mark", carried), ("scan", proof)) if value)


def slow(site: Site, phone: Phone) -> None:
    """Raises `TooMany` when far too much comes from one address. Never asked for what is urgent."""
    addresses: Addresses = site.parts["phones"]
    addresses.check(phone.address)


def note(work: Work, marks: Collection[str], incident: Incident) -> None:
    """This phone sent this report."""
    for mark in marks:
        records.add(work, mark, incident.id)


def earlier(work: Work, marks: Collection[str], since: int) -> list[Incident]:
    """What this phone reported since that moment (UTC ms), the newest first."""
    found = (incidents.get(work, number) for number, _ in records.sent(work, marks, since))
    return [one for one in found if one is not None]


def check(work: Work, marks: Collection[str], community: str) -> None:
    """Raises `TooMany` for a phone that has sent too much today. Never asked for what is urgent."""
    sent = [_sent(work, number, at) for number, at in records.sent(work, marks, work.now - REMEMBERED_MS)]
    most = thresholds.value(work, MOST_REPORTS, community)
    wait = rules.wait_ms(sent, most, thresholds.value(work, MOST_SPAM, community), work.now)
    if wait:
        raise TooMany(rules.TOO_MANY, -(-wait // 1000))


def forget(site: Site) -> None:
    """Chore: nothing is known of a phone after a day."""
    with site.store.work() as work:
        records.forget(work, work.now - REMEMBERED_MS)


def _mark(site: Site, request: Request) -> str:
    try:
        mark = site.signer(_PURPOSE).loads(request.cookies.get(COOKIE, "")[:300], max_age=REMEMBERED_MS // 1000)
    except (BadData, ValueError, TypeError):
        return ""
    return mark if isinstance(mark, str) else ""


def _sent(work: Work, number: int, at: int) -> Sent:
    incident, route = incidents.get(work, number), routing.route_of(work, number)
    queued = route is not None and route.target == routing.QUEUE
    return Sent(number, at, queued or (incident is not None and incident.state in _THROWN_OUT))


def _hashed(site: Site, kind: str, value: str) -> str:
    return hmac.new(site.secret.encode(), f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]
