"""Photos as the site keeps them: shown to few, each view on record, and gone when never sent."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from server import incidents, photos
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.site import Site
from server.photos import records
from server.photos.actions import sweep
from server.staff import Person


def jpeg(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def photo(site: Site, client: TestClient) -> Callable[[str], int]:
    """A stored photo of this colour; `client` starts the darkroom."""

    def make(colour: str) -> int:
        stored = photos.take(site, jpeg(colour))
        with site.store.work() as work:
            return photos.keep(work, stored)

    return make


def files(site: Site) -> int:
    return sum(1 for path in (site.data / "photos").rglob("*.jpg") if "incoming" not in path.parts)


def test_a_photo_that_was_never_sent_is_gone_after_a_day_and_one_on_a_ticket_stays(
    site: Site, photo: Callable[[str], int], report: Callable[..., Incident], clock: Any
) -> None:
    abandoned, sent = photo("red"), photo("blue")
    report(photos=(sent,))

    sweep(site)
    before = files(site)
    clock.forward(DAY_MS + 1)
    sweep(site)

    with site.store.look() as look:
        assert records.get(look, abandoned) is None
        assert records.get(look, sent) is not None
    assert (before, files(site)) == (4, 2)


def test_a_picture_that_another_photo_shares_stays_in_the_vault(
    site: Site, photo: Callable[[str], int], report: Callable[..., Incident], clock: Any
) -> None:
    photo("red")
    report(photos=(photo("red"),))

    clock.forward(DAY_MS + 1)
    sweep(site)

    assert files(site) == 2


def test_each_view_of_a_photo_is_on_record_and_a_stranger_sees_none(
    site: Site,
    photo: Callable[[str], int],
    report: Callable[..., Incident],
    staff: Callable[..., Person],
    enter: Callable[[Person], TestClient],
    client: TestClient,
) -> None:
    number = photo("red")
    report(photos=(number,))
    duty, neighbour = staff("duty"), staff("duty", scopes=("community:yh1",))

    seen = enter(duty).get(f"/desk/photos/{number}/large.jpg")
    foreign = enter(neighbour).get(f"/desk/photos/{number}/large.jpg")
    nobody = client.get(f"/desk/photos/{number}/large.jpg", follow_redirects=False)

    assert seen.headers["content-type"] == "image/jpeg"
    assert "private" in seen.headers["cache-control"]
    assert (foreign.status_code, nobody.status_code) == (404, 303)
    with site.store.look() as look:
        assert [(view["staff"], view["size"]) for view in records.views(look, number)] == [(duty.id, "large")]


def test_photos_of_a_ticket_can_be_told_from_others(
    site: Site, photo: Callable[[str], int], report: Callable[..., Incident]
) -> None:
    loose, sent = photo("red"), photo("blue")
    report(photos=(sent,))

    with site.store.look() as look:
        assert incidents.tied(look, [loose, sent]) == {sent}
        assert incidents.tied(look, []) == set()
