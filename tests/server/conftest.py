"""A whole site in a temporary folder: real databases, real accounts, real sessions; only the clock can be moved."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server import incidents, stations
from server.app import make_app, make_site
from server.incidents import Incident, Report
from server.kit.clock import HOUR_MS, now_ms
from server.kit.site import Site
from server.settings import Settings
from server.staff import COOKIE, Door, Person
from server.staff import records as staff_records
from server.staff.actions import fingerprint
from server.stations import records as station_records

PASSWORD = "a long enough one 1"

STATIONS = """
[[community]]
code = "sn10"
name = "淞南十村"
street = "songnan"
district = "baoshan"

[[community]]
code = "sn11"
name = "淞南十一村"
street = "songnan"
district = "baoshan"

[[community]]
code = "yh1"
name = "友谊一村"
street = "youyi"
district = "baoshan"
"""

STATION = """
[[station]]
code = "{code}"
name = "{name}"
community = "{community}"
lat = {lat}
lon = 121.4868
datum = "wgs84"
duty_phone = "021-5555-0110"
spots = ["北门口", "3号楼"]
"""


class Clock:
    """The site's clock: the real one, moved forward on demand."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return now_ms() + self.ahead

    def forward(self, milliseconds: int) -> None:
        """Let time pass."""
        self.ahead += milliseconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def blank_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the databases of a site as `site` begins: made once, for every test has its own copy."""
    folder = tmp_path_factory.mktemp("blank")
    made = make_site(Settings(data=folder / "data", public_url="http://testserver"))
    plan = folder / "stations.toml"
    plan.write_text(
        STATIONS
        + STATION.format(code="sn10-north", name="北门站", community="sn10", lat=31.3529)
        + STATION.format(code="sn10-east", name="东门站", community="sn10", lat=31.3511)
        + STATION.format(code="sn11-gate", name="大门站", community="sn11", lat=31.3490)
        + STATION.format(code="yh1-gate", name="友谊站", community="yh1", lat=31.4090),
        "utf-8",
    )
    with made.store.work() as work:
        stations.load(work, plan)
        station_records.place(work, "kiosk-01", "sn10-east")
        station_records.place(work, "kiosk-01", "sn10-north")
    made.store.close()
    made.mailbox.close()
    return folder / "data"


@pytest.fixture
def site(tmp_path: Path, clock: Clock, blank_site: Path) -> Iterator[Site]:
    """Three communities in two streets, a station or two each; kiosk-01 hung east and hangs north; no staff yet."""
    shutil.copytree(blank_site, tmp_path / "data")
    made = make_site(Settings(data=tmp_path / "data", public_url="http://testserver"), clock=clock)
    yield made
    made.store.close()
    made.mailbox.close()


@pytest.fixture
def app(site: Site) -> FastAPI:
    return make_app(site)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A visitor who is not logged in; the site's threads run as long as this client lives."""
    with TestClient(app) as visitor:
        yield visitor


@pytest.fixture(scope="session")
def password_hash() -> str:
    return Door().hash(PASSWORD)


StaffFactory = Callable[..., Person]


@pytest.fixture
def staff(site: Site, password_hash: str) -> StaffFactory:
    """`staff("duty")`, `staff("prop_guard", login="li", name="李师傅", scopes=("community:sn10",))`."""

    def make(
        role: str = "duty",
        *,
        login: str = "",
        name: str = "",
        scopes: tuple[str, ...] = ("community:sn10",),
        demo: bool = False,
    ) -> Person:
        with site.store.work() as work:
            number = staff_records.add(
                work, login or f"{role}-{uuid.uuid4().hex[:6]}", name or f"{role}甲", role, scopes, password_hash, demo
            )
            person = staff_records.person(work, number)
        assert person is not None
        return person

    return make


EnterFactory = Callable[[Person], TestClient]


@pytest.fixture
def enter(site: Site, app: FastAPI, client: TestClient) -> EnterFactory:
    """A browser in which this person is logged in."""

    def make(person: Person) -> TestClient:
        token = uuid.uuid4().hex
        with site.store.work() as work:
            staff_records.open_session(work, fingerprint(token), person.id, work.now + 12 * HOUR_MS)
        return TestClient(app, cookies={COOKIE: token})

    return make


ReportFactory = Callable[..., Incident]


@pytest.fixture
def report(site: Site) -> ReportFactory:
    """`report()`, `report("person.lost_elder", words="…", station="sn10-east")`: a ticket as a rider opens it."""

    def make(category: str = "parking.fire_lane", *, station: str = "sn10-north", **more: Any) -> Incident:
        values = {"client_id": uuid.uuid4().hex, "channel": "phone", **more}
        with site.store.work() as work:
            return incidents.report(work, Report(station=station, category=category, **values))

    return make


STEPS: dict[str, dict[str, str]] = {
    "file": {},
    "dispatch": {"desk": "prop_guard"},
    "done": {"note": "已经处理好了"},
    "verify": {},
    "return": {"note": "还没好"},
    "close": {"reply": "谢谢你"},
    "reject": {"note": "不属于本小区", "reply": "这件事请打 12345"},
}

WalkFactory = Callable[..., Incident]


@pytest.fixture
def walk(site: Site) -> WalkFactory:
    """`walk(incident, duty, "file", "dispatch")`: moves made by one person, with the usual words."""

    def make(incident: Incident, person: Person, *names: str, **given: str) -> Incident:
        for name in names:
            with site.store.work() as work:
                incident = incidents.move(work, incident.id, name, person, **{**STEPS.get(name, {}), **given})
        return incident

    return make
