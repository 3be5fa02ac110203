"""Logging in and out, making accounts and tokens."""

import hashlib
import secrets
import threading
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from server.kit.clock import HOUR_MS
from server.kit.errors import Invalid, Missing, TooMany, Unknown
from server.kit.site import Site
from server.kit.store import Work
from server.staff import records
from server.staff.rules import ROLES, Person, is_login, is_scope, weak

SESSION_MS = 12 * HOUR_MS
PER_LOGIN = parse("5 per 10 minutes")
PER_ADDRESS = parse("30 per 10 minutes")
WRONG = "账号或密码不对"


@cache
def _nobodys_password() -> str:
    """Verified when an account does not exist, so that both refusals take the same time."""
    return PasswordHasher().hash(secrets.token_urlsafe(16))


class Door:
    """Guards the login: limits tries, hashes one password at a time (argon2 takes 64 MiB each)."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._one = threading.Semaphore(1)
        self._tries = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._nobody = _nobodys_password()

    def hash(self, password: str) -> str:
        """argon2id with the library's own parameters."""
        with self._one:
            return self._hasher.hash(password)

    def fits(self, stored: str | None, password: str) -> bool:
        """Whether the password fits; takes as long for None."""
        with self._one:
            try:
                self._hasher.verify(stored or self._nobody, password)
            except Argon2Error:
                return False
        return stored is not None

    def knock(self, login: str, address: str) -> None:
        """Count a try; raises `TooMany`. A limited account is limited for everybody, right password or not."""
        if not (self._tries.test(PER_ADDRESS, address) and self._tries.hit(PER_LOGIN, login)):
            raise TooMany("试得太多了，请 10 分钟后再试，或找主任重设密码", 600)

    def turn_away(self, address: str) -> None:
        """A wrong one: only these count for the address, behind which a whole office may stand."""
        self._tries.hit(PER_ADDRESS, address)

    def welcome(self, login: str) -> None:
        """A right password clears the account's count."""
        self._tries.clear(PER_LOGIN, login)


@dataclass(frozen=True, slots=True)
class Session:
    """A fresh session; `token` goes into the cookie and is stored only as a hash."""

    token: str
    person: Person


def log_in(site: Site, door: Door, login: str, password: str, address: str) -> Session:
    """Raises `Unknown` (one sentence for every reason) and `TooMany`."""
    login = login.strip().lower()[:64]
    door.knock(login, address)
    with site.store.look() as look:
        row = records.by_login(look, login)
    # A demo account outside the demo is refused like a wrong password, and as slowly.
    usable = row is not None and row["disabled"] is None and (site.demo or not row["demo"])
    fits = door.fits(row["password"] if row is not None and usable else None, password[:1024])
    if row is None or not fits:
        door.turn_away(address)
        raise Unknown(WRONG)
    door.welcome(login)
    token = secrets.token_urlsafe(32)
    with site.store.work() as work:
        records.open_session(work, fingerprint(token), row["id"], work.now + SESSION_MS)
        person = records.person(work, row["id"])
    if person is None:
        raise Unknown(WRONG)
    return Session(token, person)


def who(site: Site, token: str) -> Person | None:
    """The person behind a session's token; None when it ended, or belongs to a demo account outside the demo."""
    if not token:
        return None
    with site.store.look() as look:
        row = records.session(look, fingerprint(token))
        if row is None or (row["demo"] and not site.demo):
            return None
        return records.person(look, row["staff"])


def log_out(site: Site, token: str) -> None:
    """End one session."""
    with site.store.work() as work:
        records.close_session(work, fingerprint(token))


def add(
    work: Work, door: Door, login: str, name: str, role: str, scopes: tuple[str, ...], password: str, demo: bool = False
) -> int:
    """A new account. Raises `Invalid` with the first thing wrong."""
    if not is_login(login):
        raise Invalid("账号用 2–32 个小写字母、数字、点、横线")
    if role not in ROLES:
        raise Invalid(f"没有这个角色：{role}。可用：{', '.join(ROLES)}")
    if not scopes or not all(is_scope(scope) for scope in scopes):
        raise Invalid("范围写成 community:代码、street:代码 或 district:代码")
    if not records.covered(work, scopes):
        raise Invalid(f"范围里没有任何居民区：{', '.join(scopes)}")
    reason = weak(password)
    if reason:
        raise Invalid(reason)
    if not 1 <= len(name.strip()) <= 20:
        raise Invalid("姓名 1–20 个字")
    if records.by_login(work, login) is not None:
        raise Invalid(f"账号 {login} 已经有了")
    return records.add(work, login, name.strip(), role, scopes, door.hash(password), demo)


def reset_password(work: Work, door: Door, login: str, password: str) -> None:
    """Raises `Missing` and `Invalid`; every session of the account ends."""
    row = records.by_login(work, login)
    if row is None:
        raise Missing(f"没有账号 {login}")
    reason = weak(password)
    if reason:
        raise Invalid(reason)
    records.set_password(work, row["id"], door.hash(password))


def disable(work: Work, login: str) -> None:
    """Raises `Missing`."""
    row = records.by_login(work, login)
    if row is None:
        raise Missing(f"没有账号 {login}")
    records.disable(work, row["id"])


def new_token(work: Work, name: str, scopes: tuple[str, ...]) -> str:
    """A bearer token for the API; shown once, kept as a hash. Raises `Invalid`."""
    if not scopes or not all(is_scope(scope) for scope in scopes):
        raise Invalid("范围写成 community:代码、street:代码 或 district:代码")
    if not records.covered(work, scopes):
        raise Invalid(f"范围里没有任何居民区：{', '.join(scopes)}")
    if not 1 <= len(name.strip()) <= 60:
        raise Invalid("名称 1–60 个字")
    token = f"cxz_{secrets.token_urlsafe(32)}"
    records.add_token(work, fingerprint(token), name.strip(), scopes)
    return token


def fingerprint(token: str) -> str:
    """SHA-256: enough for secrets that are random themselves."""
    return hashlib.sha256(token.encode()).hexdigest()
