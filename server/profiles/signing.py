"""Signing in without a password: a code to the phone, then a session that its owner can see and end."""

import hashlib
import hmac
import secrets

from fastapi import Request
from itsdangerous import BadData

from server import privacy
from server.kit.clock import MINUTE_MS
from server.kit.errors import Invalid, Refused, TooMany
from server.kit.site import Site
from server.kit.store import Work
from server.profiles import consents, records, rules
from server.profiles.consents import CARD, POINTS, PROFILE, subject
from server.profiles.rules import Rider
from server.profiles.sender import Sender

COOKIE = "cxz_rider"
WRONG = "验证码不对，或者已经过期。再看一眼短信，不行就重新发一个。"


def send_code(site: Site, typed: str, address: str) -> tuple[str, str]:
    """Send a code to a number; the number, and what the page may show of the code (in the demo).

    Raises `Invalid` (no mobile number), `TooMany`, `Unavailable` (nothing can be sent).
    """
    phone = rules.mobile(typed)
    sender: Sender = site.parts["profiles"].sender
    sender.check(site)
    code = f"{secrets.randbelow(1_000_000):06d}"
    where = _print(site, "address", address)[:32]
    with site.store.work() as work:
        _limit(work, phone, where)
        number = records.add_code(work, phone, where, _print(site, "code", phone, code), work.now + rules.CODE_MS)
    return phone, sender.send(site, f"C{number:08d}", phone, code)


def check_code(site: Site, phone: str, typed: str) -> str:
    """A ticket for the number, good for a quarter of an hour. Raises `Invalid`; every try counts."""
    code = "".join(typed.split())
    with site.store.work() as work:
        live = records.live_code(work, phone, rules.TRIES)
        right = live is not None and hmac.compare_digest(live["print"], _print(site, "code", phone, code))
        if live is not None:
            records.tried(work, live["id"], right=right)
    # Only now, so that the try stays counted.
    if not right:
        raise Invalid(WRONG)
    return str(site.signer("rider-ticket").dumps(phone))


def verified(site: Site, ticket: str) -> str:
    """The number of a ticket. Raises `Refused`."""
    try:
        return str(site.signer("rider-ticket").loads(ticket[:500], max_age=rules.TICKET_S))
    except BadData as cause:
        raise Refused("验证过去太久了，请重新发一次验证码") from cause


def known(work: Work, phone: str) -> int | None:
    """The profile of a number."""
    row = records.by_phone(work, phone)
    return None if row is None else int(row["id"])


def open_profile(work: Work, phone: str, nickname: str, agrees: bool, card: bool, version: int) -> int:
    """A profile for a verified number, with the consents given. Raises `Invalid`. Sent twice, there is one."""
    row = records.by_phone(work, phone)
    if row is not None:
        return int(row["id"])
    name = rules.nickname(nickname)
    if not agrees:
        raise Invalid("要先点“同意”，才能开通")
    number = records.add(work, name, phone)
    for purpose in (PROFILE, POINTS, *([CARD] if card else [])):
        privacy.consent(work, subject(number), purpose, version)
    if card:
        records.set_card(work, number, True)
    return number


def sign_in(site: Site, work: Work, rider: int, user_agent: str) -> str:
    """A session on this phone; the value of its cookie."""
    token = secrets.token_urlsafe(32)
    expires = work.now + rules.SESSION_MS
    records.open_session(work, rider, _fingerprint(token), rules.device(user_agent), expires, rules.MOST_PHONES)
    return str(site.signer("rider-session").dumps(token))


def current(site: Site, request: Request) -> Rider | None:
    """Who is signed in on the phone that asks; None for nearly everybody."""
    cookie = request.cookies.get(COOKIE, "")
    if not cookie:
        return None
    try:
        token = _fingerprint(str(site.signer("rider-session").loads(cookie[:500])))
    except BadData:
        return None
    with site.store.look() as look:
        found = records.rider(look, token)
        if found is None:
            return None
        rider, seen, now = consents.as_agreed(look, found[0]), found[1], look.now
    if now - seen > rules.SEEN_MS:
        with site.store.work() as work:
            records.seen(work, rider.session)
    return rider


def _limit(work: Work, phone: str, address: str) -> None:
    longest = max(window for window, _ in (*rules.PER_PHONE, *rules.PER_ADDRESS))
    since = work.now - longest
    wait = rules.wait(records.codes_since(work, since, phone=phone), rules.PER_PHONE, work.now)
    if wait:
        raise TooMany(f"刚给这个号码发过，请等{_soon(wait)}再试", -(-wait // 1000))
    wait = max(
        rules.wait(records.codes_since(work, since, address=address), rules.PER_ADDRESS, work.now),
        rules.wait(records.codes_since(work, work.now - MINUTE_MS), rules.PER_SITE, work.now),
    )
    if wait:
        raise TooMany(f"发验证码的人太多了，请等{_soon(wait)}再试", -(-wait // 1000))


def _soon(wait: int) -> str:
    seconds = -(-wait // 1000)
    return f" {seconds} 秒" if seconds < 100 else f" {-(-seconds // 60)} 分钟"


def _print(site: Site, *parts: str) -> str:
    # Six digits are tried through in no time: what is kept is worth nothing without the site's own secret.
    return hmac.new(site.secret.encode(), "\0".join(("profiles", *parts)).encode(), hashlib.sha256).hexdigest()


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
