"""The photo of a lost child, and every way out of the house: nobody but duty, director and who has it sees it."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from server import alerts, incidents, photos, questions, staff
from server.alerts.standins import WeComRobot
from server.features import FEATURES
from server.incidents import Incident
from server.kit.site import Site
from server.questions import tokens
from server.rounds import Rounds
from server.staff import Person

STREAMS = {"/desk/live", "/desk/commands/live"}
"""These stay open; what they say has no room for a picture."""


@pytest.fixture
def robot(site: Site) -> Iterator[WeComRobot]:
    """A group robot that is there before the site's threads start."""
    made = WeComRobot(site.store.clock)
    path = site.data / alerts.FILE
    path.touch(0o600)
    path.write_text("allow_private = true\n" + made.entry("group"), "utf-8")
    yield made
    made.shut()


@pytest.fixture
def child(
    site: Site,
    robot: WeComRobot,
    client: TestClient,
    photo: Callable[..., int],
    report: Callable[..., Incident],
    staff: Callable[..., Person],
) -> tuple[Incident, int, str]:
    """A ticket that an outside body was sent with its photo, before anybody saw that it is about a child."""
    number, duty = photo(), staff("duty")
    incident = report("hazard.falling", photos=(number,), words="三号楼")
    with site.store.work() as work:
        incidents.move(work, incident.id, "file", duty)
        incidents.move(work, incident.id, "dispatch", duty, desk="prop_guard")
        link = questions.engage(work, incident.id, duty, body="消防站", asks="看一下", days=3, photos=True)
        incident = incidents.move(work, incident.id, "correct", duty, category="person.lost_child", level="P0")
    return incident, number, tokens.address(site, "o", link.id).rpartition("/")[2]


def test_no_address_of_the_site_hands_out_the_photo_or_the_name_of_its_file(
    site: Site,
    child: tuple[Incident, int, str],
    client: TestClient,
    staff: Callable[..., Person],
    enter: Callable[[Person], TestClient],
) -> None:
    incident, number, token = child
    with site.store.look() as look:
        shown = photos.get(look, number)
    assert shown is not None
    pictures = [photos.vault_of(site).get(key) for key in (shown.large, shown.small)]
    values = {
        "photo": number, "photo_id": number, "incident": incident.id, "ticket": incident.id, "token": token,
        "number": incident.number, "receipt": incident.receipt, "code": incident.receipt, "size": "large",
        "question": 1, "link": 1, "version": 1, "topic": 1, "digest": "0", "key": "1", "move": "done",
    }  # fmt: skip
    visitors = {
        "nobody": client,
        "a program": TestClient(client.app, headers={"Authorization": f"Bearer {_token(site)}"}),
        "committee": enter(staff("committee")),
        "guard": enter(staff("prop_guard")),
        "street": enter(staff("street", scopes=("street:songnan",))),
    }

    walked, leaks = 0, []
    for path in _addresses():
        for station in (values["code"], "sn10-north") if "{code}" in path else ("",):
            address = _filled(path, {**values, "code": station})
            for name, visitor in visitors.items():
                if path.endswith(".pdf") and name != "committee":
                    continue  # each takes a second to draw, and all are drawn the same way
                answer = visitor.get(address)
                walked += 1
                body = answer.content
                secrets = [*pictures, shown.large.encode(), shown.small.encode()]
                if any(one in body for one in secrets):
                    leaks.append((name, address))

    assert enter(staff("duty")).get(f"/desk/photos/{number}/large.jpg").content in pictures
    assert leaks == []
    assert walked > 150


def test_no_robot_message_and_no_screen_knows_the_photo(
    site: Site, robot: WeComRobot, child: tuple[Incident, int, str]
) -> None:
    incident, number, _ = child
    with site.store.look() as look:
        shown = photos.get(look, number)
    assert shown is not None

    until = time.monotonic() + 60
    while not any(incident.number in text for text in robot.texts):
        assert time.monotonic() < until, "the group never heard of it"
        time.sleep(0.05)
    with site.store.look() as look:
        body = repr(Rounds(site, FEATURES)._body(look, incident.station))

    told = repr(robot.bodies)
    for secret in (shown.large, shown.small, "/photos/", "image"):
        assert secret not in told
    for secret in (shown.large, shown.small, "/photos/", "三号楼"):
        assert secret not in body


def _addresses() -> list[str]:
    found = {
        route.path
        for feature in FEATURES
        for router in feature.routers
        for route in router.routes
        if "GET" in getattr(route, "methods", ()) and route.path not in STREAMS
    }
    return sorted(found)


def _filled(path: str, values: dict[str, object]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: str(values.get(match[1], 1)), path)


def _token(site: Site) -> str:
    with site.store.work() as work:
        return staff.new_token(work, "another program", ("community:sn10",))
