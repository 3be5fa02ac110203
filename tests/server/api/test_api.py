"""Programs with a token: stations, check-ins, incidents."""

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from gateway.contract.presence import Presence
from server import checkins, questions, stations
from server.incidents import STATES, Incident
from server.kit.site import Site
from server.staff import new_token

Ask = Callable[..., Any]


@pytest.fixture
def bearer(site: Site) -> Callable[..., dict[str, str]]:
    def make(*scopes: str) -> dict[str, str]:
        with site.store.work() as work:
            return {"Authorization": f"Bearer {new_token(work, 'test', scopes or ('community:sn10',))}"}

    return make


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "white").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("path", ["/stations", "/checkins", "/incidents", "/kiosks", "/facts?state=parked"])
def test_without_a_token_the_api_says_so_in_a_problem_document(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/v1{path}")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Bearer" in answer.headers["www-authenticate"]


def test_a_token_sees_the_stations_of_its_scope_only(client: TestClient, bearer: Ask) -> None:
    own = client.get("/api/v1/stations", headers=bearer("community:sn10")).json()["items"]
    street = client.get("/api/v1/stations", headers=bearer("street:songnan")).json()["items"]
    foreign = client.get("/api/v1/stations/yh1-gate", headers=bearer("community:sn10"))

    assert [one["code"] for one in own] == ["sn10-east", "sn10-north"]
    assert {one["code"] for one in street} == {"sn10-east", "sn10-north", "sn11-gate"}
    assert foreign.status_code == 404


def test_incidents_come_in_pages_that_neither_repeat_nor_miss(
    client: TestClient, bearer: Ask, report: Callable[..., Incident]
) -> None:
    numbers = {report().number for _ in range(7)}
    headers = bearer()

    found, before = [], None
    while True:
        page = client.get(
            "/api/v1/incidents", headers=headers, params={"limit": 3, **({"before": before} if before else {})}
        )
        found += [one["number"] for one in page.json()["items"]]
        before = page.json()["next"]
        if before is None:
            break

    assert len(found) == 7
    assert set(found) == numbers


def test_a_report_with_the_same_key_is_one_ticket(client: TestClient, bearer: Ask) -> None:
    headers = {**bearer(), "Idempotency-Key": uuid.uuid4().hex}
    form = {"station": "sn10-north", "category": "parking.fire_lane", "words": "=1+1 <script>"}

    first = client.post("/api/v1/incidents", headers=headers, data=form, files={"photos": ("a.jpg", photo())})
    again = client.post("/api/v1/incidents", headers=headers, data=form, files={"photos": ("a.jpg", photo())})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    seen = client.get(f"/api/v1/incidents/{first.json()['number']}", headers=headers).json()
    assert seen["photos"] == 1
    assert "words" not in seen


def test_a_broken_photo_refuses_the_report_with_a_sentence(client: TestClient, bearer: Ask) -> None:
    headers = {**bearer(), "Idempotency-Key": uuid.uuid4().hex}
    form = {"station": "sn10-north", "category": "parking.fire_lane"}

    answer = client.post("/api/v1/incidents", headers=headers, data=form, files={"photos": ("a.jpg", b"<svg/>")})

    assert answer.status_code == 422
    assert "照片" in answer.json()["detail"]
    assert client.get("/api/v1/incidents", headers=headers).json()["items"] == []


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ({"station": "nowhere", "category": "parking.fire_lane"}, "a" * 16),
        ({"station": "yh1-gate", "category": "parking.fire_lane"}, "a" * 16),
        ({"station": "sn10-north", "category": "no.such"}, "a" * 16),
        ({"station": "sn10-north"}, "a" * 16),
        ({"station": "sn10-north", "category": "parking.fire_lane"}, "short"),
        ({"station": "sn10-north", "category": "parking.fire_lane"}, "汉字" * 8),
    ],
)
def test_a_bad_report_is_refused_and_nothing_is_kept(
    client: TestClient, bearer: Ask, form: dict[str, str], key: str
) -> None:
    headers = bearer()

    answer = client.post("/api/v1/incidents", headers={**headers, "Idempotency-Key": key.encode()}, data=form)

    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/incidents", headers=headers).json()["items"] == []


def test_checkins_are_listed_without_anybody_in_them(client: TestClient, site: Site, bearer: Ask) -> None:
    with site.store.work() as work:
        checkins.check_in(work, stations.get(work, "sn10-north"), uuid.uuid4().hex, "phone", Presence.NONE)

    (one,) = client.get("/api/v1/checkins", headers=bearer()).json()["items"]

    assert one.keys() == {"id", "station", "at", "estimated", "channel", "presence"}
    assert one["presence"] == "none"


def test_what_is_shelved_or_in_other_hands_is_open_and_tells_nothing_of_anybody(
    client: TestClient, site: Site, bearer: Ask, report: Ask, walk: Ask, staff: Ask
) -> None:
    duty = staff("duty", name="王值班")
    moved = walk(report(words="打我电话 13812348000"), duty, "file")
    walk(moved, duty, "transfer", body="市政养护", note="内部的话", reply="转给他们了")
    engaged = walk(report(), duty, "file", "dispatch")
    with site.store.work() as work:
        questions.engage(work, engaged.id, duty, body="供电公司", asks="换灯", days=3)
        questions.ask(work, moved.id, duty, "车还在吗？")

    answer = client.get("/api/v1/incidents", headers=bearer())
    found = {one["number"]: one for one in answer.json()["items"]}
    only = client.get("/api/v1/incidents?state=transferred", headers=bearer()).json()["items"]

    assert found[moved.number]["state"] == "transferred"
    assert found[moved.number]["waiting"] == "reporter"
    assert found[moved.number]["review_at"] is not None
    assert found[engaged.number]["waiting"] == "outside"
    assert [one["number"] for one in only] == [moved.number]
    for secret in (
        "13812348000",
        "市政养护",
        "内部的话",
        "转给他们了",
        "供电公司",
        "换灯",
        "车还在吗",
        "王值班",
        moved.receipt,
    ):
        assert secret not in answer.text


def test_every_state_can_be_asked_for_and_is_described(client: TestClient, bearer: Ask) -> None:
    headers = bearer()

    codes = {client.get(f"/api/v1/incidents?state={state}", headers=headers).status_code for state in STATES}
    schema = client.get("/openapi.json").json()["components"]["schemas"]["IncidentOut"]

    assert codes == {200}
    for state, label in STATES.items():
        assert f"`{state}` {label}" in schema["properties"]["state"]["description"]


def test_an_unknown_state_is_named(client: TestClient, bearer: Ask) -> None:
    answer = client.get("/api/v1/incidents?state=solved", headers=bearer())

    assert answer.status_code == 422
    assert "solved" in answer.json()["detail"]


def test_the_api_describes_itself_with_examples(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    paths = {path for path in document["paths"] if path.startswith("/api/v1")}
    assert {"/api/v1/stations", "/api/v1/checkins", "/api/v1/incidents", "/api/v1/kiosks", "/api/v1/facts"} <= paths
    assert document["components"]["schemas"]["IncidentOut"]["examples"]
