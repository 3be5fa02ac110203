"""What can be done with a station's kiosk: give a code, pair, replace, move, retire.

The database says who hangs where; the mailbox says who may log in. A login is made before the code counts as used
and taken away after the kiosk counts as retired, so that a crash between the two never leaves a stranger inside.
"""

import hmac
from dataclasses import dataclass

from gateway.credentials import hash_secret, new_password, verify_secret
from gateway.mailbox import Mailbox
from server.kit.errors import Invalid, Missing, Refused, Unavailable
from server.kit.site import PanelChanged, Site
from server.kit.store import Work
from server.pairing import records, rules
from server.pairing.door import Door
from server.pairing.records import Code
from server.pairing.settings import Settings
from server.stations import Station, StationRetired, place, station_of, take_down
from server.stations import get as get_known

NOT_GOOD = "配对码不对，或者已经过期、用过了"
"""One sentence for every reason: it tells a stranger nothing."""


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh code, readable only here and now. `expires`: UTC milliseconds."""

    id: int
    code: str
    station: str
    replaces: str
    expires: int

    @property
    def shown(self) -> str:
        """`123 456 789`."""
        return rules.show(self.code)


@dataclass(frozen=True, slots=True)
class Asked:
    """A kiosk's request. `nonce`: its own for this pairing; `attempt` grows with each try, from 1."""

    code: str
    nonce: str
    attempt: int
    address: str


def make_code(work: Work, secret: str, station: str, by: str, replaces: str = "") -> Made:
    """A one-time code for a new kiosk here, or for one that takes the place of `replaces`.

    An older open code of the station ends. Raises `Missing` (station) and `Refused`.
    """
    _in_service(work, station)
    if replaces and station_of(work, replaces) != station:
        raise Refused(f"{replaces} 现在不挂在这个小站，请刷新再看")
    records.end_expired(work)
    for old in records.open_at(work, station):
        records.end(work, old.id, "revoked")
    try:
        code = rules.new_code(records.taken(work))
    except ValueError as cause:
        raise Unavailable("现在有太多配对码没用掉，请过几分钟再试") from cause
    expires = work.now + rules.CODE_MS
    number = records.add_code(
        work,
        Code(
            id=0, slot=rules.slot(code), code=rules.fingerprint(secret, code), station=station, replaces=replaces,
            by_name=by, created=work.now, expires=expires, wrong=0, used=None, nonce=None, attempt=0, kiosk=None,
            ended=None, why="",
        ),
    )  # fmt: skip
    records.note(work, station, replaces, "code", by, "更换" if replaces else "")
    return Made(number, code, station, replaces, expires)


def revoke_code(work: Work, station: str, by: str) -> bool:
    """End the open code of a station; False when there was none."""
    found = records.open_at(work, station)
    for one in found:
        records.end(work, one.id, "revoked")
        records.note(work, station, "", "revoked", by)
    return bool(found)


def exchange(site: Site, door: Door, settings: Settings, asked: Asked) -> dict[str, str]:
    """A code for credentials: what belongs into `kiosk.json`. Raises `Missing` for whatever is wrong, `TooMany`.

    Committed before it returns. The same kiosk (by its nonce) may ask again for two minutes and gets a fresh password;
    a request that was overtaken by a later one of the same kiosk changes nothing any more.
    """
    door.knock(asked.address)
    ca = settings.ca()
    password = new_password()
    with site.store.work() as work:
        code = _good(work, site.secret, asked)
        if code is not None:
            station = _in_service(work, code.station)
            kiosk = _take(work, site, code, asked)
            site.mailbox.enrol(kiosk, hash_secret(password), work.now, demo=site.demo)
            content = _content(site, settings, station) | {"kiosk": kiosk, "password": password, "ca": ca}
    # Raised out here: the wrong guess must stay counted.
    if code is None:
        door.wrong(asked.address)
        raise Missing(NOT_GOOD)
    return content


def renew(site: Site, door: Door, settings: Settings, kiosk: str, password: str, address: str) -> dict[str, str]:
    """What belongs into the `kiosk.json` of a kiosk that was moved; its password stays. Raises `Missing`, `TooMany`."""
    door.ask(address)
    if not is_good(site.mailbox, kiosk, password, demo=site.demo):
        raise Missing("没有这块屏幕")
    with site.store.look() as look:
        station = get_known(look, station_of(look, kiosk) or "")
    return _content(site, settings, station) | {"kiosk": kiosk, "password": password, "ca": settings.ca()}


def is_good(mailbox: Mailbox, kiosk: str, password: str, *, demo: bool) -> bool:
    """Whether this kiosk may log in with this password now."""
    found = next((one for one in mailbox.credentials() if one.kiosk == kiosk), None)
    if found is None or found.revoked is not None or (found.demo and not demo):
        return False
    return verify_secret(password, found.secret)


def move(work: Work, kiosk: str, to: str, by: str) -> None:
    """Hang a kiosk at another station. It keeps its login, and what it still has to say of the old one stays there.

    Raises `Missing` (station) and `Refused`.
    """
    origin = _hanging(work, kiosk)
    target = _in_service(work, to)
    if origin == to:
        raise Refused(f"{kiosk} 已经挂在{target.name}了")
    place(work, kiosk, to)
    records.note(work, origin, kiosk, "moved", by, f"移到 {target.full_name}")
    records.note(work, to, kiosk, "moved", by, f"从 {origin} 移来")
    for station in (origin, to):
        work.tell(PanelChanged(station))


def retire(work: Work, mailbox: Mailbox, kiosk: str, by: str, *, because: str = "") -> str:
    """Take a kiosk out of service for good: its login dies within a second, its history stays. Returns its station.

    Raises `Refused` for one that hangs nowhere.
    """
    station = _hanging(work, kiosk)
    take_down(work, kiosk)
    _stop(work, kiosk, station, "replaced" if because else "retired", by, because)
    work.tell(PanelChanged(station))
    now = work.now
    # Should this fail, the round `cut` does it.
    work.after(lambda: mailbox.revoke(kiosk, now))
    return station


def leave(work: Work, event: StationRetired) -> None:
    """A station out of service takes its open code and its kiosks with it; the round `cut` ends their logins."""
    for code in records.open_at(work, event.station):
        records.end(work, code.id, "revoked")
        records.note(work, event.station, "", "revoked", event.by, "小站停用")
    for kiosk in event.kiosks:
        _stop(work, kiosk, event.station, "retired", event.by, "小站停用")


def cut(site: Site) -> None:
    """Take away every login that should be gone: of a retired station's kiosks, and what a crash left undone."""
    with site.store.look() as look:
        waiting = records.to_cut(look)
    if not waiting:
        return
    live = {one.kiosk for one in site.mailbox.credentials() if one.revoked is None}
    for kiosk in waiting:
        if kiosk in live:
            site.mailbox.revoke(kiosk, site.store.clock())
        with site.store.work() as work:
            records.cut(work, kiosk)


def _good(work: Work, secret: str, asked: Asked) -> Code | None:
    """The code that was typed, when this kiosk may use it now; a wrong guess is counted."""
    typed = rules.clean(asked.code)
    if typed is None or not rules.is_nonce(asked.nonce) or asked.attempt < 1:
        return None
    records.end_expired(work)
    code = records.in_slot(work, rules.slot(typed))
    if code is None or (code.ended is not None and code.used is None):
        return None
    if not hmac.compare_digest(code.code, rules.fingerprint(secret, typed)):
        if code.used is None:
            records.wrong(work, code.id)
            if code.wrong + 1 >= rules.WRONG_MOST:
                records.end(work, code.id, "guessed")
                records.note(work, code.station, "", "guessed", "")
        return None
    if code.used is None:
        return code
    again = (
        code.nonce == rules.hashed(asked.nonce)
        and asked.attempt > code.attempt
        and work.now - code.used <= rules.REPEAT_MS
        and code.kiosk is not None
        and not records.is_retired(work, code.kiosk)
    )
    return code if again else None


def _take(work: Work, site: Site, code: Code, asked: Asked) -> str:
    """Hang the kiosk and note the code as used; its id."""
    if code.kiosk is not None:
        records.use(work, code.id, code.kiosk, rules.hashed(asked.nonce), asked.attempt)
        records.note(work, code.station, code.kiosk, "again", code.by_name)
        return code.kiosk
    kiosk = rules.next_name(records.hung(work) | {one.kiosk for one in site.mailbox.credentials()})
    records.use(work, code.id, kiosk, rules.hashed(asked.nonce), asked.attempt)
    # It may have been moved or retired since the code was given.
    if code.replaces and station_of(work, code.replaces) == code.station:
        retire(work, site.mailbox, code.replaces, code.by_name, because=f"由 {kiosk} 接替")
    place(work, kiosk, code.station)
    records.note(work, code.station, kiosk, "paired", code.by_name)
    work.tell(PanelChanged(code.station))
    return kiosk


def _stop(work: Work, kiosk: str, station: str, deed: str, by: str, note: str) -> None:
    records.retire(work, kiosk)
    records.note(work, station, kiosk, deed, by, note)


def _in_service(work: Work, code: str) -> Station:
    station = get_known(work, code)
    if station.retired is not None:
        raise Refused(f"{station.name}已经撤站了，不能再挂屏幕")
    return station


def _hanging(work: Work, kiosk: str) -> str:
    if not kiosk:
        raise Invalid("请选一块屏幕")
    station = station_of(work, kiosk)
    if station is None:
        raise Refused(f"{kiosk} 现在没有挂在任何小站")
    return station


def _content(site: Site, settings: Settings, station: Station) -> dict[str, str]:
    return {
        "station": station.code,
        "presence_key": station.presence_key.hex(),
        "mqtt_url": settings.broker(site.public_url),
        "public_url": site.public_url,
        "name": station.name,
        "community": station.community_name,
        "duty_phone": station.duty_phone,
    }
