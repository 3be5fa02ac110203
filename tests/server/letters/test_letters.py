"""A letter on the station's screen: there when a ticket closes, gone after a week or when withdrawn."""

from typing import Any

import pytest

from server import letters
from server.kit.clock import DAY_MS
from server.kit.errors import Missing
from server.kit.site import Site
from server.rounds import Rounds


@pytest.fixture
def closed(staff: Any, report: Any, walk: Any) -> Any:
    duty = staff("duty")
    return walk(walk(report(), duty, "file", "dispatch", "done", "verify"), duty, "close", letter="谢谢你")


def on_screen(site: Site, station: str = "sn10-north") -> list[dict[str, Any]]:
    with site.store.look() as look:
        body = letters.feature.panel(look, station, site)  # type: ignore[misc]
    return list(body["letters"])


def test_a_closed_ticket_brings_its_letter_to_its_own_station(site: Site, closed: Any) -> None:
    (letter,) = on_screen(site)

    assert letter["text"] == "谢谢你"
    assert letter["sender"] == "淞南十村居委会"
    assert letter["until"] > site.store.clock()
    assert on_screen(site, "sn10-east") == []


def test_a_letter_leaves_after_seven_days(site: Site, closed: Any, clock: Any) -> None:
    clock.forward(7 * DAY_MS + 1000)

    assert on_screen(site) == []


def test_a_withdrawn_letter_leaves_at_once_and_only_once(site: Site, closed: Any, clock: Any) -> None:
    site.stale.take()
    with site.store.work() as work:
        letters.withdraw(work, 1)
        withdrawn = letters.get(work, 1)
    clock.forward(60_000)

    with pytest.raises(Missing), site.store.work() as work:
        letters.withdraw(work, 1)
    with pytest.raises(Missing), site.store.work() as work:
        letters.withdraw(work, 99)

    assert on_screen(site) == []
    assert site.stale.take() == {"sn10-north"}
    with site.store.look() as look:
        assert letters.get(look, 1) == withdrawn


def test_a_screen_shows_the_six_newest(site: Site, staff: Any, report: Any, walk: Any, clock: Any) -> None:
    duty = staff("duty")
    for number in range(8):
        walk(walk(report(), duty, "file", "dispatch", "done", "verify"), duty, "close", letter=f"信 {number}")
        clock.forward(1000)

    assert [letter["text"] for letter in on_screen(site)] == [f"信 {number}" for number in (7, 6, 5, 4, 3, 2)]


def test_a_station_that_cannot_be_described_keeps_no_other_from_its_news(
    site: Site, closed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from server import stations
    from server.kit.errors import Missing as Gone

    def panel(look: Any, code: str, site: Site) -> dict[str, Any]:
        if code == "sn10-east":
            raise Gone("broken")
        return letters.feature.panel(look, code, site)  # type: ignore[misc]

    stations.pair(site, "kiosk-01", "sn10-north", "mqtt://broker")
    stations.pair(site, "kiosk-02", "sn10-east", "mqtt://broker")

    Rounds(site, (replace(letters.feature, panel=panel),)).refresh({"*"})

    assert [kiosk for kiosk, _, _ in site.mailbox.desired_since(0)] == ["kiosk-01"]
