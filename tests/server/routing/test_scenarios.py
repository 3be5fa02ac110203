"""The example reports come out as written by the rules; `tests/server/test_rehearsal.py` plays them on a real site."""

import io
import json
import uuid
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer import Typer
from typer.testing import CliRunner

from server import incidents, routing
from server.kit.site import Site
from server.routing.cli import scenarios as command
from server.routing.scenarios import FILE, Scenario, load, read, run, spoken

ROUTED = [one for one in load() if not one.refused]


@pytest.mark.parametrize("scenario", ROUTED, ids=lambda one: one.id)
def test_a_scenario_comes_out_as_written(scenario: Scenario) -> None:
    (outcome,) = run([scenario])

    assert outcome.differs == ()


def changed(path: Path, **values: object) -> Path:
    """A file with our first example, changed."""
    line = json.loads(FILE.read_text("utf-8").splitlines()[0])
    path.write_text(json.dumps({**line, **values}), "utf-8")
    return path


def test_the_rules_alone_show_a_table_and_say_when_something_differs(tmp_path: Path) -> None:
    app = Typer()
    app.command()(command)
    other, broken = changed(tmp_path / "other.jsonl", urgency="P3"), tmp_path / "broken.jsonl"
    broken.write_text("{}", "utf-8")

    good, bad, worse = (CliRunner().invoke(app, [str(file)]) for file in (FILE, other, broken))

    assert (good.exit_code, f"{len(load())} of {len(load())} as expected" in good.output) == (0, True)
    assert (bad.exit_code, "0 of 1" in bad.output) == (1, True)
    assert (worse.exit_code, "line 1" in worse.output) == (2, True)


def test_what_a_file_does_not_say_is_not_judged_and_what_nobody_knows_is_passed_over() -> None:
    line = {
        "id": 7, "submitted_at": "2026-05-09T12:11:00+08:00", "text": "着火了", "mood": ["grim"],
        "category": "weather", "fields": {"hail_mm": 20, "repeat": "often", "exif_time": "long ago"},
        "urgency": "P0/P1", "photo": {"count": "some"}, "channel": "pigeon",
    }  # fmt: skip

    (outcome,) = run(read([json.dumps(line), ""]))

    assert outcome.differs == ()
    assert outcome.scenario.arrival.category == "other.other"
    assert outcome.routed is not None
    assert outcome.routed.level == "P0"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"urgency": "P9"}, "urgency"),
        ({"submitted_at": "2026-05-09T12:11:00"}, "zone"),
        ({"submitted_at": "yesterday"}, "yesterday"),
        ({"category": None, "subcategory": None, "fields": 3}, "line 1"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, values: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        load(changed(tmp_path / "odd.jsonl", **values))


def test_two_lines_of_one_name_are_a_mistake() -> None:
    line = FILE.read_text("utf-8").splitlines()[0]

    with pytest.raises(ValueError, match="line 2"):
        read([line, line])


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("(设备) 58.3℃", "58.3℃"),
        ("井盖坏了 (照片EXIF 2024年 坐标在成都)", "井盖坏了"),
        ("(上传 48 MB 的文件)", ""),
        ("北门(东侧)着火", "北门(东侧)着火"),
        ("（无文字）", ""),
        ("着火了", "着火了"),
    ],
)
def test_stage_directions_are_not_typed(text: str, typed: str) -> None:
    assert spoken(text) == typed


def routed(site: Site, ticket: incidents.Incident) -> routing.Routed:
    with site.store.look() as work:
        route = routing.route_of(work, ticket.id)
    assert route is not None
    assert (route.level, route.desk) == (ticket.level, ticket.desk)
    return routing.Routed(route.level, route.desk, route.target, route.also, route.calls, route.why)


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
