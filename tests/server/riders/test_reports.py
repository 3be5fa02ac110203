"""The report's form: once, with whatever photos are good, and never losing what was typed."""

import sqlite3

import pytest

from server import questions
from server.kit.site import Site
from server.photos import VaultFull, locked
from server.riders import actions, form

from .conftest import TEXT_NAMED_JPG, Rider, fresh_id, hidden, jpeg, text_of


def test_a_report_with_a_photo_becomes_a_ticket_and_a_receipt(rider: Rider) -> None:
    answer = rider.send(rider.form(words="白色轿车", place="北门口"), jpeg())

    ticket = rider.ticket(answer)
    assert (ticket.category, ticket.place, ticket.words) == ("parking.fire_lane", "北门口", "白色轿车")
    assert rider.photos(ticket) == 1
    assert answer.headers["location"] == f"/r/{ticket.receipt}?new=1"


def test_a_report_needs_neither_photo_nor_words(rider: Rider) -> None:
    ticket = rider.ticket(rider.send(rider.form()))

    assert (ticket.words, rider.photos(ticket)) == ("", 0)


def test_the_form_demands_no_plate_phone_location_or_login(rider: Rider) -> None:
    page = rider.client.get("/s/sn10-north/report").text

    assert 'type="tel"' not in page
    assert " required" not in page
    assert "geolocation" not in page
    assert 'accept="image/*" multiple' in page
    assert " capture" not in page


def test_the_same_client_id_twice_is_one_receipt(rider: Rider) -> None:
    fields = rider.form()

    first = rider.send(fields, jpeg())
    second = rider.send({**fields, "words": "又按了一下"}, jpeg("red"))

    assert rider.ticket(first).id == rider.ticket(second).id
    assert len(rider.tickets()) == 1


def test_a_report_sent_twice_is_known_before_its_photos_are_developed(
    rider: Rider, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = rider.form()
    first = rider.send(fields)
    monkeypatch.setattr("server.photos.take", lambda *_: pytest.fail("developed a photo for nothing"))

    second = rider.send(fields, jpeg())

    assert rider.ticket(second).id == rider.ticket(first).id


def test_words_in_another_place_stand_behind_the_chip(rider: Rider) -> None:
    ticket = rider.ticket(rider.send(rider.form(place="北门口", other_place="7号楼后面")))

    assert ticket.place == "北门口 7号楼后面"


def test_a_missing_category_is_asked_for_and_everything_typed_is_kept(rider: Rider) -> None:
    fields = rider.form(category="", words="很长的一句话", other_place="7号楼", place="3号楼")

    answer = rider.send(fields, jpeg())

    assert answer.status_code == 422
    assert "请先点一下" in text_of(answer)
    assert "很长的一句话" in answer.text
    assert 'value="7号楼"' in answer.text
    assert 'value="3号楼" checked' in answer.text
    assert hidden(answer.text, "client_id") == fields["client_id"]
    assert "照片已经传好 1 张" in text_of(answer)


@pytest.mark.parametrize("category", ["nonsense", "person.sos", "device.heat_alarm", "'; drop table incidents"])
def test_a_category_that_phones_do_not_offer_counts_as_none(rider: Rider, category: str) -> None:
    assert rider.send(rider.form(category=category)).status_code == 422
    assert rider.tickets() == []


@pytest.mark.parametrize(
    ("photo", "sentence"),
    [
        (TEXT_NAMED_JPG, "不是照片"),
        (b"", "空的"),
        (jpeg()[:400], "没传完整"),
        (b"\xff" * (questions.PHOTO_BYTES + 1), "太大"),
    ],
    ids=["text named .jpg", "zero bytes", "truncated", "too large"],
)
def test_a_photo_that_does_not_go_is_said_plainly_and_nothing_is_lost(
    rider: Rider, photo: bytes, sentence: str
) -> None:
    fields = rider.form(words="白色轿车", place="北门口")

    answer = rider.send(fields, photo)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "不带这张照片，直接发" in answer.text
    assert "白色轿车" in answer.text
    assert 'value="北门口" checked' in answer.text
    assert 'value="parking.fire_lane" id="c-parking-fire_lane" checked' in answer.text
    assert hidden(answer.text, "client_id") == fields["client_id"]
    assert rider.tickets() == []


def test_good_photos_of_a_refused_try_need_not_be_sent_again(rider: Rider) -> None:
    fields = rider.form()

    refused = rider.send(fields, jpeg(), TEXT_NAMED_JPG)
    kept = hidden(refused.text, "kept")
    answer = rider.send({**fields, "kept": kept, "without": "1"})

    assert "另外 1 张已经传好" in text_of(refused)
    assert rider.photos(rider.ticket(answer)) == 1


def test_a_kept_photo_of_another_report_is_passed_over(rider: Rider) -> None:
    refused = rider.send(rider.form(), jpeg(), TEXT_NAMED_JPG)
    kept = hidden(refused.text, "kept")

    answer = rider.send(rider.form(kept=[kept, kept, "forged", "\x00"]))

    assert rider.photos(rider.ticket(answer)) == 0


def test_a_kept_photo_named_twice_comes_along_once(rider: Rider) -> None:
    fields = rider.form()
    kept = hidden(rider.send(fields, jpeg(), TEXT_NAMED_JPG).text, "kept")

    answer = rider.send({**fields, "kept": [kept, kept]})

    assert rider.photos(rider.ticket(answer)) == 1


def test_an_urgent_report_goes_without_the_photo_and_says_so(rider: Rider) -> None:
    answer = rider.send(rider.form(category="fire.battery_smoke"), jpeg(), TEXT_NAMED_JPG)

    ticket = rider.ticket(answer)
    receipt = rider.client.get(answer.headers["location"])
    assert rider.photos(ticket) == 1
    assert "有照片没有带上" in text_of(receipt)


def test_the_alarm_of_an_emergency_does_not_wait_for_its_photos(rider: Rider, monkeypatch: pytest.MonkeyPatch) -> None:
    open_tickets: list[int] = []

    def slow(*_: object) -> None:
        open_tickets.append(len(rider.tickets()))
        raise VaultFull("no space")

    monkeypatch.setattr("server.photos.take", slow)

    answer = rider.send(rider.form(category="fire.open_flame"), jpeg())

    assert open_tickets == [1]
    assert "有照片没有带上" in text_of(rider.client.get(answer.headers["location"]))


def test_where_a_person_would_be_shown_no_photo_is_kept(rider: Rider) -> None:
    answer = rider.send(rider.form(category="person.lost_child"), jpeg())

    assert rider.photos(rider.ticket(answer)) == 0
    assert "照片没有保存" in text_of(rider.client.get(answer.headers["location"]))


def test_a_photo_of_a_lost_elder_is_taken_and_is_for_duty_alone(rider: Rider) -> None:
    answer = rider.send(rider.form(category="person.lost_elder"), jpeg())

    ticket = rider.ticket(answer)
    assert rider.photos(ticket) == 1
    assert locked(ticket.kind)


def test_more_photos_than_six_are_counted_and_the_first_six_kept(rider: Rider) -> None:
    fields = rider.form()

    answer = rider.send(fields, *[jpeg() for _ in range(8)])

    assert answer.status_code == 422
    assert "一次最多带 6 张照片" in text_of(answer)
    assert "另外 6 张已经传好" in text_of(answer)


def test_far_too_many_parts_get_a_sentence_and_the_words_stay(rider: Rider) -> None:
    answer = rider.send(rider.form(words="轮胎是红的"), *[b"x" for _ in range(questions.MOST_FILES + 5)])

    assert answer.status_code == 422
    assert "照片太多了" in text_of(answer)
    assert "轮胎是红的" in answer.text


def test_a_body_without_end_gets_a_sentence_and_the_words_stay(rider: Rider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "MOST_BYTES", 100_000)

    answer = rider.send(rider.form(words="轮胎是红的"), b"x" * 200_000)

    assert answer.status_code == 422
    assert "照片加起来太大了" in text_of(answer)
    assert "轮胎是红的" in answer.text


def test_an_urgent_report_arrives_even_when_its_photos_are_far_too_large(
    rider: Rider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "MOST_BYTES", 100_000)

    ticket = rider.ticket(rider.send(rider.form(category="fire.open_flame"), b"x" * 200_000))

    assert ticket.level == "P0"


def test_a_full_vault_is_said_and_everything_typed_is_kept(rider: Rider, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise VaultFull("no space")

    monkeypatch.setattr("server.photos.take", full)

    answer = rider.send(rider.form(words="轮胎是红的"), jpeg())

    assert answer.status_code == 422
    assert "满了" in text_of(answer)
    assert "轮胎是红的" in answer.text


def test_a_full_disk_is_said_and_everything_typed_is_kept(
    rider: Rider, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = rider.form(words="轮胎是红的")

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("server.incidents.report", full)

    answer = rider.send(fields)

    assert answer.status_code == 503
    assert actions.NOT_STORED in text_of(answer)
    assert "轮胎是红的" in answer.text
    assert hidden(answer.text, "client_id") == fields["client_id"]


@pytest.mark.parametrize(
    "words",
    ["<script>alert(1)</script>", "字" * 10_000, "😀👴🏻🔥" * 20, "\u202egnp.exe", "a\x00b", "</textarea><img src=x>"],
    ids=["script", "10,000 characters", "emoji", "right to left", "NUL", "tag"],
)
def test_whatever_is_typed_is_taken_and_shown_harmlessly(rider: Rider, words: str) -> None:
    refused = rider.send(rider.form(category="", words=words, other_place=words))
    answer = rider.send(rider.form(words=words, other_place=words))

    ticket = rider.ticket(answer)
    receipt = rider.client.get(f"/r/{ticket.receipt}")
    assert refused.status_code == 422
    assert receipt.status_code == 200
    assert len(ticket.words) <= 500
    for page in (refused.text, receipt.text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert "\u202e" not in receipt.text
    assert "\x00" not in ticket.words


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x; charset=utf-16",
        "multipart/form-data; boundary=x; charset=unicode_escape",
        "multipart/form-data; boundary=x; charset=undefined",
        "",
    ],
)
def test_another_content_type_gets_the_form_again_never_a_stack_trace(rider: Rider, kind: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="words"\r\n\r\n\\ud800 \xff\xfe\r\n--x--\r\n'

    answer = rider.client.post("/s/sn10-north/report", content=body, headers={"content-type": kind})

    assert answer.status_code == 422
    assert "上报" in answer.text


def test_another_charset_is_read_as_what_it_is(rider: Rider) -> None:
    fields = {"client_id": fresh_id(), "category": "other.other", "words": "灯坏了"}
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value.encode("gbk") + b"\r\n"
        for name, value in fields.items()
    ]

    answer = rider.client.post(
        "/s/sn10-north/report",
        content=b"".join(parts) + b"--x--\r\n",
        headers={"content-type": "multipart/form-data; boundary=x; charset=gbk"},
        follow_redirects=False,
    )

    assert rider.ticket(answer).words == "灯坏了"


def test_a_form_that_breaks_off_in_the_middle_is_said_and_kept(rider: Rider) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="words"\r\n\r\nhalf a story\r\n--x\r\nContent-Dispo'

    answer = rider.client.post(
        "/s/sn10-north/report", content=body, headers={"content-type": "multipart/form-data; boundary=x"}
    )

    assert answer.status_code == 422
    assert "half a story" in answer.text


def test_a_form_without_a_proper_id_gets_a_new_one(rider: Rider) -> None:
    ticket = rider.ticket(rider.send(rider.form(client_id="../../etc")))

    assert len(ticket.client_id) >= 8


def test_a_report_carries_the_proof_of_the_scanned_code(rider: Rider, code: str) -> None:
    token = hidden(rider.client.get(f"/s/sn10-north?c={code}").text, "p")

    ticket = rider.ticket(rider.send(rider.form(p=token)))

    assert ticket.presence == "verified"


def test_a_script_gets_the_address_of_the_receipt(rider: Rider) -> None:
    answer = rider.send(rider.form(), headers={"accept": "application/json, text/html"})

    assert answer.status_code == 201
    assert answer.headers["location"].startswith("/r/")


def test_a_chosen_spot_stands_on_the_ticket_and_the_receipt_whatever_is_typed(rider: Rider) -> None:
    answer = rider.send(rider.form(category="facility.light", place="3号楼", other_place="三楼"))
    beside = rider.send(rider.form(category="facility.light", place="北门站旁", other_place="后门"))

    assert rider.ticket(answer).place == "3号楼 三楼"
    assert "3号楼 三楼" in text_of(rider.client.get(answer.headers["location"]))
    assert rider.ticket(beside).place == "后门"
