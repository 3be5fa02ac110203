"""Headers on every answer, and no deed on behalf of somebody's cookie from another site."""

import pytest
from fastapi.testclient import TestClient

from server.staff import COOKIE


def test_every_answer_forbids_framing_and_foreign_scripts(client: TestClient) -> None:
    answer = client.get("/login")

    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_deed_with_a_cookie_from_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    client.cookies.set(COOKIE, "whatever")

    answer = client.post("/logout", headers=headers, follow_redirects=False)

    assert answer.status_code == 403
    assert "本站" in answer.text


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "http://testserver"}, {}])
def test_a_deed_from_the_site_itself_or_from_a_program_passes(client: TestClient, headers: dict[str, str]) -> None:
    client.cookies.set(COOKIE, "whatever")

    answer = client.post("/logout", headers=headers, follow_redirects=False)

    assert answer.status_code == 303


def test_an_unknown_address_answers_people_with_a_page_and_programs_with_a_problem_document(client: TestClient) -> None:
    page = client.get("/nowhere", headers={"accept": "text/html"})
    problem = client.get("/api/v1/nowhere")

    assert page.status_code == problem.status_code == 404
    assert "没有" in page.text
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == 404


def test_static_files_are_kept_for_a_year_and_old_fingerprints_are_gone(client: TestClient) -> None:
    address = client.get("/login").text.split('rel="stylesheet" href="')[1].split('"')[0]

    answer = client.get(address)
    old = client.get(address.replace(".css", "x.css"))

    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert old.status_code == 404


def test_health_names_what_fails_and_metrics_can_be_scraped(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok", "failing": []}
    assert "cxz_mailbox_waiting 0.0" in client.get("/metrics").text
