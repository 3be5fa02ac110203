"""A whole site for rehearsals: real server, real databases, real alarms; only the clock and the robots are ours.

It lives in a temporary folder and listens on a free port of this machine. Nobody outside ever hears of it.
"""

import contextlib
import json
import secrets
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import uvicorn

from gateway.contract.envelope import Body
from gateway.contract.facts import Clock as FactClock
from gateway.contract.facts import Fact, check, decode
from gateway.contract.topics import Lane
from gateway.mailbox import Batch, StoredFact
from server import alerts, people, staff, stations
from server.alerts.standins import DingTalkRobot, Robot, WeComRobot
from server.app import make_app, make_site
from server.kit.clock import now_ms
from server.kit.site import Site
from server.settings import Settings

ACCOUNTS = (
    ("duty", "王值班", "duty", "community:sn10"),
    ("director", "陈主任", "director", "community:sn10"),
    ("guard", "李师傅", "prop_guard", "community:sn10"),
    ("engineer", "赵师傅", "prop_eng", "community:sn10"),
    ("volunteer", "周阿姨", "volunteer", "community:sn10"),
    ("street", "街道城运", "street", "street:songnan"),
    ("it", "小林", "it", "community:sn10"),
)
STATIONS = Path(stations.__file__).parent / "sn10.toml"
START_S = 30.0
WAIT_S = 20.0
"""A slow machine needs a second; whoever waits longer waits for nothing."""
POLL_S = 0.02


class Late(Exception):
    """Something that had to happen did not; `str()` says what."""


class Clock:
    """Put where the story stands; from there it runs like any clock."""

    def __init__(self) -> None:
        self._ahead = 0

    def __call__(self) -> int:
        return now_ms() + self._ahead

    def put(self, at: int) -> None:
        """It is this moment now, UTC milliseconds."""
        self._ahead = at - now_ms()


@dataclass
class Stage:
    """The site while it runs. `phone` is a rider's browser, `desk` the duty officer's, logged in."""

    site: Site
    clock: Clock
    url: str
    phone: httpx2.Client
    desk: httpx2.Client
    robots: tuple[Robot, ...]
    passwords: dict[str, str]
    kiosks: dict[str, str]
    """station → the kiosk that hangs there."""
    _streams: dict[tuple[str, Lane], tuple[str, int]] = field(default_factory=dict)

    def log_in(self) -> None:
        """The duty officer logs in; the session lasts as long as the clock does not pass its twelve hours."""
        answer = self.desk.post("/login", data={"login": "duty", "password": self.passwords["duty"]})
        if answer.status_code != 303:
            raise Late(f"the duty officer could not log in: HTTP {answer.status_code}")

    def send_fact(self, station: str, kind: str, body: Body) -> None:
        """Put a fact where the gateway puts what it has verified, written and read by the same contract."""
        kiosk = self.kiosks[station]
        lane = Lane.SOS if kind == "sos" else Lane.EVENT
        stream, seq = self._streams.get((kiosk, lane), (uuid.uuid4().hex, 0))
        self._streams[kiosk, lane] = (stream, seq + 1)
        now = self.clock()
        sent = Fact(stream, seq + 1, now, FactClock.NTP, "rehearsal", now % 2**31, kind, body)
        fact = check(decode(sent.encode()), lane)
        self.site.mailbox.commit(
            Batch(
                [
                    StoredFact(
                        kiosk, lane, fact.stream, fact.seq, fact.kind, fact.at, str(fact.clock), fact.boot, fact.mono,
                        fact.body, fact.more, fact.digest(), now,
                    )
                ]
            )
        )  # fmt: skip

    def messages(self, number: str) -> dict[str, list[str]]:
        """Robot → what its group was told of a ticket, as posted."""
        told = {robot.kind: [json.dumps(body, ensure_ascii=False) for body in robot.bodies] for robot in self.robots}
        return {kind: [body for body in bodies if number in body] for kind, bodies in told.items()}

    def shown(self, station: str) -> str:
        """The desired state of the kiosk at a station: all that its screen can know, as JSON."""
        for kiosk, document, _ in self.site.mailbox.desired_since(0):
            if kiosk == self.kiosks.get(station):
                return json.dumps(document.body, ensure_ascii=False)
        return ""


def wait_for(what: str, holds: Callable[[], bool], seconds: float = WAIT_S) -> None:
    """Until something holds; raises `Late`."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise Late(f"{what}: not within {seconds:.0f} s")
        time.sleep(POLL_S)


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Build it, let it run, and leave nothing behind. Raises `Late`, `OSError` and `gateway.sqlite.Unusable`."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rehearsal-", ignore_cleanup_errors=True)))
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        clock = Clock()
        robots = (WeComRobot(clock), DingTalkRobot(clock))
        for robot in robots:
            stack.callback(robot.shut)
        _write_channels(folder, robots)
        site = make_site(Settings(data=folder, public_url=url, demo=True), clock=clock)
        stack.callback(site.mailbox.close)
        stack.callback(site.store.close)
        passwords, kiosks = _people_and_places(site)
        stack.enter_context(_serving(site, listener))
        phone = stack.enter_context(httpx2.Client(base_url=url, timeout=30, follow_redirects=False))
        desk = stack.enter_context(httpx2.Client(base_url=url, timeout=30, follow_redirects=False))
        yield Stage(site, clock, url, phone, desk, robots, passwords, kiosks)


def _write_channels(folder: Path, robots: tuple[Robot, ...]) -> None:
    path = folder / alerts.FILE
    path.touch(0o600)
    path.write_text("allow_private = true\n" + "".join(robot.entry(robot.kind) for robot in robots), "utf-8")


def _people_and_places(site: Site) -> tuple[dict[str, str], dict[str, str]]:
    passwords = {login: secrets.token_urlsafe(12) for login, *_ in ACCOUNTS}
    door = staff.Door()
    with site.store.work() as work:
        codes = stations.load(work, STATIONS)
        for login, name, role, scope in ACCOUNTS:
            staff.add(work, door, login, name, role, (scope,), passwords[login], demo=True)
        people.seed_demo(work)
    kiosks = {code: f"kiosk-{number:02d}" for number, code in enumerate(codes, 1)}
    for code, kiosk in kiosks.items():
        stations.pair(site, kiosk, code, "mqtt://127.0.0.1:1")
    return passwords, kiosks


@contextlib.contextmanager
def _serving(site: Site, listener: socket.socket) -> Iterator[None]:
    """The web process's own server, in a thread of ours."""
    server = uvicorn.Server(
        uvicorn.Config(make_app(site), access_log=False, log_config=None, timeout_graceful_shutdown=3)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="stage", daemon=True)
    thread.start()
    try:
        wait_for("the server comes up", lambda: server.started or not thread.is_alive(), START_S)
        if not server.started:
            raise Late("the server did not come up")
        yield
    finally:
        server.should_exit = True
        thread.join(START_S)
