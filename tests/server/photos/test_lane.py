"""Photos wait in a lane of their own: nobody else waits for them, however many there are."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import incidents
from server.app import THREADS
from server.kit.site import Site
from server.photos import PhotoRefused, lane
from server.photos.darkroom.line import Line
from server.photos.lane import Lane
from tests.server.photos.pictures import encoded, four_corners
from tests.server.riders.conftest import eventually, fresh_id, text_of

PHOTO = encoded(four_corners(64, 48))
WAITING = THREADS + 4

Send = Callable[..., Any]


@pytest.fixture
def send(client: TestClient) -> Send:
    """`send("fire.open_flame", photo)`: the plain form; the answer."""

    def make(category: str, photo: bytes | None = None) -> Any:
        form = {"client_id": fresh_id(), "category": category, "place": fresh_id()}
        files = [("photos", ("a.jpg", photo or b"", "image/jpeg"))]
        return client.post("/s/sn10-north/report", data=form, files=files if photo else None, follow_redirects=False)

    return make


@contextmanager
def occupied(site: Site) -> Iterator[None]:
    """Both workers have their hands full."""
    line: Line = site.parts["photos"].darkroom._line
    assert line.wait(0) and line.wait(0) and not line.wait(0)
    try:
        yield
    finally:
        line.leave()
        line.leave()


def photos_on_tickets(site: Site) -> int:
    with site.store.look() as look:
        return sum(len(incidents.photos(look, one.id)) for one in incidents.find(look, ["sn10"]))


def test_photos_that_wait_hold_up_no_alarm_and_no_page_and_none_is_lost(
    site: Site, client: TestClient, send: Send
) -> None:
    part = site.parts["photos"]
    with ThreadPoolExecutor(WAITING) as pool:
        with occupied(site):
            waiting = [pool.submit(send, "facility.light", PHOTO) for _ in range(WAITING)]
            eventually(lambda: part.lane._inside[False] == WAITING)

            alarm = send("fire.open_flame")
            pages = [client.get(path).status_code for path in ("/s/sn10-north", "/healthz", "/readyz")]
            still_waiting = not any(one.done() for one in waiting)
        answers = {one.result().status_code for one in waiting}

    assert (alarm.status_code, pages, still_waiting) == (303, [200, 200, 200], True)
    assert answers == {303}
    assert photos_on_tickets(site) == WAITING


def test_where_too_many_wait_the_report_is_taken_at_once_and_its_photo_comes_later(
    site: Site, client: TestClient, send: Send
) -> None:
    part = site.parts["photos"]
    part.lane._most[False] = 1
    with ThreadPoolExecutor(1) as pool:
        with occupied(site):
            first = pool.submit(send, "facility.light", PHOTO)
            eventually(lambda: part.lane._inside[False] == 1)

            second = send("environment.garbage", PHOTO)
        first.result()

    receipt = client.get(second.headers["location"])
    assert second.status_code == 303
    assert "照片等一下可以在回执上补" in text_of(receipt)
    assert "不带照片直接发" not in text_of(receipt)
    assert photos_on_tickets(site) == 1


def test_an_emergency_with_a_photo_is_answered_whatever_the_darkroom_does(
    site: Site, client: TestClient, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "URGENT_PATIENCE_S", 0.05)
    with occupied(site):
        answer = send("fire.open_flame", PHOTO)

    assert answer.status_code == 303
    assert "照片等一下可以在回执上补" in text_of(client.get(answer.headers["location"]))


def test_an_emergency_is_developed_before_what_waited_longer() -> None:
    line, order = Line(1), []
    assert line.wait(0)

    def come(name: str, urgent: bool) -> threading.Thread:
        def turn() -> None:
            assert line.wait(60, urgent)
            order.append(name)
            line.leave()

        thread = threading.Thread(target=turn)
        thread.start()
        queue = line._urgent if urgent else line._others
        eventually(lambda: len(queue) == (1 if urgent else len(threads) + 1))
        return thread

    threads: list[threading.Thread] = []
    for name in ("first", "second"):
        threads.append(come(name, urgent=False))
    threads.append(come("alarm", urgent=True))
    line.leave()
    for thread in threads:
        thread.join(60)

    assert order == ["alarm", "first", "second"]
    assert line.wait(0)


def test_who_gives_up_waiting_takes_nobodys_turn() -> None:
    line = Line(1)
    assert line.wait(0)

    assert not line.wait(0.01)
    line.leave()

    assert line.wait(0)
    assert not line.wait(0)


def test_a_full_lane_refuses_at_once_and_keeps_room_for_emergencies() -> None:
    spared: list[int] = []
    narrow = Lane(spared.append, most=1, most_urgent=1)

    with narrow.place(urgent=False):
        with pytest.raises(PhotoRefused) as refusal, narrow.place(urgent=False):
            pytest.fail("there was room")
        with narrow.place(urgent=True):
            pass
    with narrow.place(urgent=False):
        pass

    assert refusal.value.temporary
    assert spared == [1, 1, -1, -1, 1, -1]
