"""Photos that stay behind: the receipt says why, one by one, and nothing that is no longer true."""

from typing import Any

import pytest

from server.kit.site import Site
from server.photos import PhotoRefused
from server.riders import stayed
from server.riders.stayed import Trouble
from tests.server.photos.test_refusals import MP4

from .conftest import TEXT_NAMED_JPG, Rider, fresh_id, jpeg, text_of
from .test_reports_in_pieces import attach, send, upload


def test_an_emergencys_receipt_says_of_each_photo_why_it_was_left(rider: Rider) -> None:
    answer = rider.send(rider.form(category="fire.open_flame"), TEXT_NAMED_JPG, jpeg(), MP4, TEXT_NAMED_JPG)

    receipt = text_of(rider.client.get(answer.headers["location"]))
    assert rider.photos(rider.ticket(answer)) == 1
    assert "有照片没有带上，上报已经先发出去了" in receipt
    assert "这个文件不是照片。（2 张）" in receipt
    assert "这是视频，这里只收照片。" in receipt
    assert "可以在下面补一张" in receipt
    assert "不带照片直接发" not in receipt


def test_an_emergency_whose_photos_were_too_large_together_says_so(
    rider: Rider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.riders.form.MOST_BYTES", 100_000)

    answer = rider.send(rider.form(category="fire.open_flame"), b"x" * 200_000)

    assert "照片加起来太大，或者没有传完整" in text_of(rider.client.get(answer.headers["location"]))


def test_a_form_that_comes_back_names_each_reason_once(rider: Rider) -> None:
    answer = rider.send(rider.form(), TEXT_NAMED_JPG, MP4, TEXT_NAMED_JPG)

    page = text_of(answer)
    assert answer.status_code == 422
    assert page.count("这个文件不是照片。") == 1
    assert "这是视频，这里只收照片。可以换一张，或者不带照片直接发。" in page


def test_a_plain_form_is_taken_when_only_the_darkroom_is_busy(
    rider: Rider, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise PhotoRefused("busy", "还没轮到")

    monkeypatch.setattr("server.photos.take", busy)

    answer = rider.send(rider.form(words="白色轿车"), jpeg())

    assert rider.ticket(answer).words == "白色轿车"
    assert "照片等一下可以在回执上补" in text_of(rider.client.get(answer.headers["location"]))


def test_a_photo_that_follows_is_refused_with_its_reason_for_the_address(rider: Rider) -> None:
    client_id = fresh_id()
    send(rider, client_id=client_id, coming="1")

    told = attach(rider, client_id, upload(rider, client_id, MP4)).json()

    assert (told["left"], told["detail"]) == ("video", "这是视频，这里只收照片。")


@pytest.mark.parametrize("left", ["", "<script>alert(1)</script>", "video<", "x.y.z", "\x00", ".", "no.video" * 999])
def test_what_is_no_reason_says_nothing(left: str) -> None:
    note, whys = stayed.read(left)

    assert not note or whys
    assert set(whys) <= set(stayed.WHY.values())


@pytest.mark.parametrize("note", sorted(stayed.NOTES))
def test_older_addresses_keep_their_notes(note: str) -> None:
    assert stayed.read(note) == (note, ())


def test_every_reason_finds_its_way_through_the_address() -> None:
    for reason, why in stayed.WHY.items():
        assert stayed.read(stayed.address([Trouble(reason)])) == ("refused", (why,))
        assert "直接发" not in why


def test_the_privacy_notice_is_one_tap_from_where_words_and_photos_are_given(rider: Rider) -> None:
    ticket: Any = rider.ticket(rider.send(rider.form()))

    for path in ("/s/sn10-north/report", f"/r/{ticket.receipt}/add"):
        assert 'class="foot"' in (page := rider.client.get(path).text)
        assert '<a href="/privacy">隐私说明</a>' in page
