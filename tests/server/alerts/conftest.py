"""A site with stand-in robots; alerts climb and send when a test says so, on a clock that a test moves."""

from collections.abc import Callable, Iterator

import pytest

from server import alerts, incidents
from server.alerts import Ringer
from server.alerts.setup import FILE
from server.incidents import Incident
from server.kit.site import Site
from server.staff import Person
from tests.server.alerts.robots import DingTalkRobot, FeishuRobot, Robot, WeComRobot
from tests.server.conftest import Clock, StaffFactory


class StillClock(Clock):
    """Stands still until it is moved: 2026-11-18 14:00 in Beijing, a Wednesday."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 1794981600000

    def __call__(self) -> int:
        return self.at + self.ahead

    def night(self) -> None:
        """02:10 the next morning."""
        self.ahead += (12 * 60 + 10) * 60_000


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def wecom(clock: Clock) -> Iterator[WeComRobot]:
    yield from _open(WeComRobot(clock))


@pytest.fixture
def dingtalk(clock: Clock) -> Iterator[DingTalkRobot]:
    yield from _open(DingTalkRobot(clock))


@pytest.fixture
def feishu(clock: Clock) -> Iterator[FeishuRobot]:
    yield from _open(FeishuRobot(clock))


def _open(robot: Robot) -> Iterator[Robot]:
    yield robot
    robot.shut()


RingerFactory = Callable[..., Ringer]


@pytest.fixture
def ringer(site: Site) -> Iterator[RingerFactory]:
    """`ringer(robot.entry("group"), …)`: a ringer without its threads over these channels."""
    made: list[Ringer] = []

    def make(*entries: str) -> Ringer:
        if "alerts" in site.parts:
            site.parts["alerts"].stop()  # the application's own, with its threads
        path = site.data / FILE
        path.write_text("allow_private = true\n" + "\n".join(entries), "utf-8")
        path.chmod(0o600)
        one = site.parts["alerts"] = Ringer(site)
        assert one.setup.problems == ()
        made.append(one)
        return one

    yield make
    for one in made:
        for channel in one.channels:
            channel.close()


@pytest.fixture
def crew(staff: StaffFactory) -> dict[str, Person]:
    """Accounts stand in for the rota: duty, backup (a cadre), director, guard."""
    return {
        "duty": staff("duty", name="王值班"),
        "backup": staff("committee", name="李后备"),
        "director": staff("director", name="张主任"),
        "guard": staff("prop_guard", name="赵保安"),
    }


@pytest.fixture
def pass_time(clock: Clock) -> Callable[[Ringer, int], None]:
    """Let seconds go by, climbing and sending every five of them."""

    def go(ringer: Ringer, seconds: int) -> None:
        for _ in range(max(1, seconds // 5)):
            clock.forward(min(5, seconds) * 1000)
            ringer.climb()
            ringer.send()

    return go


def log(site: Site, incident: Incident) -> list[alerts.LogLine]:
    """The ticket's alert log."""
    with site.store.look() as look:
        return alerts.log_of(look, incident.id)


def accepted(site: Site, incident: Incident) -> alerts.Ack | None:
    """What the reporter's page may say."""
    with site.store.look() as look:
        return alerts.acknowledged(look, incident.id)


def again(site: Site, incident: Incident) -> Incident:
    """The ticket as it is now."""
    with site.store.look() as look:
        found = incidents.by_number(look, incident.number)
    assert found is not None
    return found
