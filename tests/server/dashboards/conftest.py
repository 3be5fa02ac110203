"""A committee's weeks: who works there, two quiet weeks, and a week with tickets in every state."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import incidents, topics
from server.kit.clock import BEIJING, DAY_MS, MINUTE_MS, now_ms
from server.kit.site import Site

CLOSING = ("file", "dispatch", "done", "verify", "close")


def set_clock(clock: Any, *moment: int) -> None:
    """Let it be this moment in Beijing."""
    clock.ahead = int(datetime(*moment, tzinfo=BEIJING).timestamp() * 1000) - now_ms()  # type: ignore[misc,arg-type]


@pytest.fixture
def duty(staff: Any) -> Any:
    return staff("duty")


@pytest.fixture
def desk(enter: Any, duty: Any) -> TestClient:
    return enter(duty)


@pytest.fixture
def two_weeks(site: Site, clock: Any, client: TestClient, staff: Any, report: Any, walk: Any) -> Iterator[None]:
    """A little of everything: last week from Tuesday, this week until Thursday."""
    duty, guard = staff("duty", name="王值班"), staff("prop_guard", name="李师傅")
    set_clock(clock, 2026, 11, 10, 9, 0)
    walk(report(words="张三的车"), duty, *CLOSING)
    report("fire.open_flame")  # overdue ever since
    set_clock(clock, 2026, 11, 17, 9, 0)
    rated = [
        report("facility.light", place="3号楼"),
        report("facility.light", place="三栋"),
        report("facility.light", place="3#"),
    ]
    for incident in rated:
        walk(incident, duty, "file", "dispatch", desk="prop_eng")
    clock.forward(40 * MINUTE_MS)
    for incident in rated:
        walk(incident, duty, "done", "verify", "close")
    for incident, face in zip(rated, ("good", "fair", "bad"), strict=True):
        client.post(f"/r/{incident.receipt}/rating", data={"face": face})
    again = walk(report(), duty, "file", "dispatch")
    walk(again, guard, "done")
    walk(again, duty, "return", "done", "verify", "close")
    leading, joined = report("environment.garbage"), report("environment.garbage")
    walk(joined, duty, "merge", into=leading.number, note="同一件")
    walk(report("other.other"), duty, "reject")
    report(station="sn11-gate")
    set_clock(clock, 2026, 11, 19, 12, 0)
    topics.propose(site)
    yield


@pytest.fixture
def every_state(site: Site, clock: Any, staff: Any, report: Any, walk: Any) -> None:
    """Tickets of this week in each state there is, and some that came back from where they had ended."""
    duty, director = staff("duty"), staff("director")

    def approved(incident: Any, name: str, **given: Any) -> None:
        walk(incident, duty, name, note="要等市政", reply="谢谢，这件事不办了", **given)
        with site.store.work() as work:
            (request,) = incidents.requests_of(work, incident.id)
            incidents.approve(work, request.id, director)

    def finding() -> Any:
        return report("device.heat_alarm", channel="device")

    set_clock(clock, 2026, 11, 17, 9, 0)
    finding()
    walk(finding(), duty, "confirm")
    walk(finding(), duty, "false_alarm", note="是阳光晒的")
    approved(walk(report(), duty, "file"), "shelve", until=site.store.clock() + 10 * DAY_MS)
    walk(report(), duty, "file", "dispatch", "transfer", body="市政养护", note="路是市政的")
    approved(report(), "void")
    approved(voided := report(), "void")
    walk(voided, duty, "refile", note="作废错了")
    walk(report(), duty, "reject")
    walk(report(), duty, "file", "reject")
    leading = report(place="北门口")
    walk(report(place="北门口"), duty, "merge", into=leading.number, note="同一件")
    walk(walk(report(), duty, "merge", into=leading.number, note="同一件"), duty, "unmerge", note="不是一件")
    walk(walk(report(), duty, *CLOSING), director, "reopen", note="又打来电话")
    walk(report(), duty, *CLOSING)
    walk(report(), duty, "file", "dispatch", "done", "verify")
    set_clock(clock, 2026, 11, 19, 12, 0)
