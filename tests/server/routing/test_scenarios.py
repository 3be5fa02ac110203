"""The example reports come out as written: through the rules alone, and through a real site."""

import io
import json
import uuid
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer import Typer
from typer.testing import CliRunner

from gateway.contract.topics import Lane
from gateway.mailbox import StoredFact
from server import incidents, routing
from server.incidents.actions import from_kiosk, from_sos
from server.kit.site import Site
from server.routing.cli import scenarios as command
from server.routing.scenarios import Scenario, differences, read, run

from ..conftest import Clock

FILE = Path(__file__).parent / "scenarios.jsonl"
ALL = read(FILE.read_text("utf-8").splitlines())
ROUTED = [one for one in ALL if one.target is not None]


@pytest.mark.parametrize("scenario", ROUTED, ids=lambda one: one.id)
def test_a_scenario_comes_out_as_written(scenario: Scenario) -> None:
    (outcome,) = run([scenario])

    assert outcome.differs == ()


def test_the_command_shows_a_table_and_says_when_something_differs(tmp_path: Path) -> None:
    app = Typer()
    app.command()(command)
    other = tmp_path / "other.jsonl"
    line = json.loads(FILE.read_text("utf-8").splitlines()[0])
    other.write_text(json.dumps({**line, "urgency": "P3"}), "utf-8")
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{}", "utf-8")

    good, bad, worse = (CliRunner().invoke(app, [str(file)]) for file in (FILE, other, broken))

    assert (good.exit_code, f"{len(ALL)} of {len(ALL)} as expected" in good.output) == (0, True)
    assert (bad.exit_code, "0 of 1" in bad.output) == (1, True)
    assert (worse.exit_code, "line 1" in worse.output) == (2, True)


def routed(site: Site, ticket: incidents.Incident) -> routing.Routed:
    with site.store.look() as work:
        route = routing.route_of(work, ticket.id)
    assert route is not None
    assert (route.level, route.desk) == (ticket.level, ticket.desk)
    return routing.Routed(route.level, route.desk, route.target, route.also, route.calls, route.why)


PHONE = [one for one in ROUTED if one.arrival.channel == "phone" and not one.arrival.doubts and not one.arrival.repeats]


@pytest.mark.parametrize("scenario", PHONE, ids=lambda one: one.id)
def test_a_scenario_sent_from_a_phone_comes_out_as_written(
    site: Site, client: TestClient, clock: Clock, scenario: Scenario
) -> None:
    clock.ahead += scenario.at - site.store.clock()
    fields = {
        "client_id": uuid.uuid4().hex,
        "category": scenario.arrival.category,
        "other_place": scenario.arrival.place,
        "words": scenario.arrival.words,
        **{f"answer_{name}": value for name, value in scenario.arrival.answers.items()},
    }

    answer = client.post("/s/sn10-north/report", data=fields, follow_redirects=False)

    assert answer.status_code == 303
    with site.store.look() as work:
        ticket = incidents.by_client_id(work, fields["client_id"])
    assert ticket is not None
    assert differences(scenario, routed(site, ticket), scenario.day) == ()


@pytest.mark.parametrize("scenario", [one for one in ROUTED if one.arrival.channel == "kiosk"], ids=lambda one: one.id)
def test_a_scenario_tapped_at_a_kiosk_comes_out_as_written(site: Site, clock: Clock, scenario: Scenario) -> None:
    clock.ahead += scenario.at - site.store.clock()
    sos = scenario.arrival.category == "person.sos"
    body = {
        "id": uuid.uuid4().hex,
        "station": "sn10-north",
        "category": scenario.arrival.category,
        "place": scenario.arrival.place,
        "words": scenario.arrival.words,
    }
    kind, lane = ("sos", Lane.SOS) if sos else ("report", Lane.EVENT)
    fact = StoredFact("kiosk-01", lane, "s" * 8, 1, kind, scenario.at, "ntp", "b", 1, body, {}, "d", scenario.at)

    with site.store.work() as work:
        (from_sos if sos else from_kiosk)(work, fact)
        ticket = incidents.by_client_id(work, body["id"])

    assert ticket is not None
    assert differences(scenario, routed(site, ticket), scenario.day) == ()


def test_the_same_bin_reported_six_times_disturbs_others_no_more(site: Site, client: TestClient) -> None:
    also = []
    for _ in range(6):
        number = uuid.uuid4().hex
        fields = {"client_id": number, "category": "environment.garbage", "place": "北门口"}
        client.post("/s/sn10-north/report", data=fields, follow_redirects=False)
        with site.store.look() as work:
            ticket = incidents.by_client_id(work, number)
        assert ticket is not None
        also.append(routed(site, ticket).also)

    assert also == [("grid",), ("grid",), (), (), (), ()]


def test_a_file_that_is_no_photo_is_refused_before_a_ticket_and_the_words_stay(site: Site, client: TestClient) -> None:
    fields = {"client_id": uuid.uuid4().hex, "category": "other.other", "words": "写了半天的一句话"}

    answer = client.post(
        "/s/sn10-north/report", data=fields, files={"photos": ("big.jpg", io.BytesIO(b"MZ" * 4096), "image/jpeg")}
    )

    assert answer.status_code == 422
    assert "写了半天的一句话" in answer.text
    with site.store.look() as work:
        assert incidents.by_client_id(work, fields["client_id"]) is None


def test_the_message_of_a_prank_is_an_alarm_like_any_other(site: Site, client: TestClient) -> None:
    fields = {"client_id": uuid.uuid4().hex, "category": "other.other", "words": "救命啊有人要死了哈哈哈 加v 123 贷款"}

    client.post("/s/sn10-north/report", data=fields)

    with site.store.look() as work:
        ticket = incidents.by_client_id(work, fields["client_id"])
    assert ticket is not None
    answer = routed(site, ticket)
    assert (answer.level, answer.target, answer.also) == ("P0", "duty", ("prop_guard",))
