"""我的上报, a receipt's link, and guessing at receipts: as a phone asks for them."""

from pathlib import Path

import esprima
import pytest
from fastapi.testclient import TestClient

import server.riders
from server import questions
from server.kit.site import Site
from server.riders.mine_pages import LOOKS, MOST

from ..conftest import ReportFactory, StaffFactory, WalkFactory
from .conftest import text_of


def ask(client: TestClient, *codes: str) -> list[dict[str, object]]:
    """What the phone's one small call brings."""
    answer = client.post("/mine/states", json={"codes": codes})
    assert answer.status_code == 200, answer.text
    reports: list[dict[str, object]] = answer.json()["reports"]
    return reports


def test_the_phone_hears_how_its_reports_stand_and_no_names(
    client: TestClient, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    first, second = report("facility.light"), report()
    walk(second, staff("duty", name="王值班"), "file")

    told = ask(client, second.receipt, first.receipt, "abcdefghjkmn", second.receipt)

    assert [(one["code"], one["title"], one["open"]) for one in told] == [
        (second.receipt, "已立案", True),
        (first.receipt, "已收到", True),
    ]
    assert "王值班" not in str(told)
    assert told[1]["what"] == first.kind.label


def test_more_codes_than_a_phone_keeps_are_refused(client: TestClient) -> None:
    answer = client.post("/mine/states", json={"codes": ["abcdefghjkmn"] * (MOST + 1)})

    assert answer.status_code == 422


def test_nonsense_is_no_list_and_no_stack_trace(client: TestClient) -> None:
    for body in (b"", b"{", b'{"codes": 3}', b'{"codes": ["' + b"x" * 100 + b'"]}', b"[" * 5000):
        answer = client.post("/mine/states", content=body, headers={"content-type": "application/json"})

        assert answer.status_code in {400, 422}


def test_codes_that_do_not_exist_count_as_guesses_and_known_ones_never(
    client: TestClient, report: ReportFactory
) -> None:
    own = report()
    guesses = [f"{number:0>12}".translate(str.maketrans("01", "yz")) for number in range(questions.MISSES.amount)]

    for start in range(0, len(guesses), MOST):
        ask(client, *guesses[start : start + MOST])

    assert client.get("/r/abcdefghjkmn").status_code == 429
    assert client.get(f"/r/{own.receipt}").status_code == 200
    assert client.get(f"/r/{own.receipt}/add").status_code == 200
    assert len(ask(client, "abcdefghjkmn", own.receipt)) == 1


def test_looking_all_the_time_is_slowed_down(client: TestClient, site: Site) -> None:
    ask(client)
    for _ in range(LOOKS.amount - 1):
        site.parts["mine"].hit(LOOKS, "testclient")

    assert client.post("/mine/states", json={"codes": []}).status_code == 429


def test_the_page_says_that_it_needs_scripts_and_takes_a_code_without(
    client: TestClient, report: ReportFactory
) -> None:
    code = report().receipt
    page = client.get("/mine").text

    opened = client.get("/r", params={"code": f" {code[:4].upper()}-{code[4:]} "})

    assert "<noscript>" in page
    assert "和别人合用手机" in page
    assert opened.status_code == 200
    assert "已收到" in text_of(opened)
    assert client.get("/r", follow_redirects=False).headers["location"] == "/mine"


def test_a_receipt_carries_its_whole_address_as_plain_text_and_as_a_picture(
    client: TestClient, report: ReportFactory
) -> None:
    code = report().receipt

    page = client.get(f"/r/{code}")
    picture = client.get(f"/r/{code}/qr.svg")

    assert f"http://testserver/r/{code}" in text_of(page)
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert "noindex" in picture.headers["x-robots-tag"]


def test_a_picture_does_not_tell_whether_there_is_such_a_receipt(client: TestClient) -> None:
    assert client.get("/r/abcdefghjkmn/qr.svg").status_code == 200
    assert client.get("/r/nonsense/qr.svg").status_code == 404


@pytest.mark.parametrize("script", ["mine.js", "receipt.js"])
def test_the_receipts_scripts_are_small_and_speak_to_old_webviews(script: str) -> None:
    text = (Path(server.riders.__file__).parent / "static" / script).read_text("utf-8")

    esprima.parseScript(text)

    assert len(text) < 10_000


def test_what_another_tab_has_settled_is_said_and_what_was_typed_is_kept(
    client: TestClient, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    ticket = report()
    walk(ticket, staff("duty"), "file", "dispatch", "done")
    walk(ticket, staff("director"), "verify", "close")
    client.post(f"/r/{ticket.receipt}/rating", data={"face": "good", "words": ""})

    other = client.post(f"/r/{ticket.receipt}/rating", data={"face": "bad", "words": "其实没好"})
    again = client.post(f"/r/{ticket.receipt}/rating", data={"face": "good", "words": ""})

    assert other.status_code == 409
    assert "你已经评过“满意”了" in text_of(other)
    assert "其实没好" in text_of(other)
    assert again.status_code == 200
