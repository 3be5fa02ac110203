"""The fleet for programs: scope, pages, and text that stays text."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import staff as people
from server.kit.site import Site


@pytest.fixture
def program(site: Site, client: TestClient) -> TestClient:
    with site.store.work() as work:
        token = people.new_token(work, "monitor", ("community:sn10",))
    client.headers["authorization"] = f"Bearer {token}"
    return client


def test_kiosks_come_in_pages_within_the_tokens_scope(kiosks: Site, program: TestClient) -> None:
    for number in range(2, 6):
        kiosks.mailbox.heard(f"kiosk-0{number}", "ready", "nonce", 0, 1)

    first = program.get("/api/v1/kiosks?limit=3").json()
    second = program.get(f"/api/v1/kiosks?limit=3&after={first['next']}").json()

    assert [one["kiosk"] for one in first["items"]] == ["kiosk-01", "kiosk-02", "kiosk-03"]
    assert [one["kiosk"] for one in second["items"]] == ["kiosk-04", "kiosk-05"]
    assert second["next"] is None
    assert first["items"][0]["life"] == "new"
    assert first["items"][0]["station"] == "sn10-north"


def test_parked_facts_come_in_pages_newest_first_within_the_tokens_scope(
    kiosks: Site, program: TestClient, park: Any
) -> None:
    for seq in range(1, 6):
        park("kiosk-01", seq, f"reason {seq}", body={"text": "<script>"})
        park("kiosk-11", seq, "not yours")
    park("kiosk-01", 9)

    found, address = [], "/api/v1/facts?state=parked&limit=2"
    page = program.get(address).json()
    while True:
        found += page["items"]
        if page["next"] is None:
            break
        page = program.get(f"{address}&before={page['next']}").json()

    assert [one["seq"] for one in found] == [5, 4, 3, 2, 1]
    assert found[0]["reason"] == "reason 5"
    assert found[0]["beginning"] == 'poem {"text": "<script>"}'


@pytest.mark.parametrize(
    "address", ["/api/v1/facts?state=ok", "/api/v1/facts?before=0", "/api/v1/facts?limit=0", "/api/v1/kiosks?limit=201"]
)
def test_a_question_that_makes_no_sense_gets_a_problem_document(program: TestClient, address: str) -> None:
    answer = program.get(address)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["/api/v1/kiosks", "/api/v1/facts"])
def test_without_a_token_there_is_nothing(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 401


def test_the_descriptions_carry_examples(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]

    assert schemas["KioskOut"]["examples"]
    assert schemas["FactOut"]["examples"]
