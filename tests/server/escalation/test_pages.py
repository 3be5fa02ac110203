import re

import pytest
from fastapi.testclient import TestClient

from gateway.contract.categories import Level
from server import escalation
from server.escalation import records
from server.kit.site import Site
from server.staff import Person
from tests.server.conftest import EnterFactory, StaffFactory

STEP = {
    "community": "sn10", "level": "P2", "stage": "handle", "when": "after", "amount": "3", "unit": "hours",
    "whom": "grid", "manner": "once",
}  # fmt: skip


@pytest.fixture
def director(staff: StaffFactory) -> Person:
    return staff("director", name="张主任")


@pytest.fixture
def desk(enter: EnterFactory, director: Person) -> TestClient:
    return enter(director)


def plan(site: Site, community: str = "sn10", level: Level = Level.P2) -> escalation.Plan:
    with site.store.look() as look:
        return escalation.plan(look, community, level)


def send(desk: TestClient, site: Site, path: str = "", **more: str) -> tuple[int, str]:
    level = Level(more.get("level", "P2"))
    seen = str(plan(site, more.get("community", "sn10"), level).id)
    answer = desk.post(f"/desk/escalation{path}", data={**STEP, "seen": seen, **more})
    return answer.status_code, answer.text


def test_a_step_is_added_under_a_name_and_stands_in_the_record(desk: TestClient, site: Site) -> None:
    status, page = send(desk, site)

    assert status == 200
    found = plan(site)
    assert found.community == "sn10"
    assert [step.author for step in found.steps if step.whom == "grid"] == ["张主任"]
    assert "超时以后再过 3 小时" in page and "本居民区自己定的" in page
    assert "加上 处理 超时以后再过 3 小时 → 网格，上班时间发一次" in page
    assert plan(site, "sn11").community == "*"


def test_a_step_is_changed_and_taken_away(desk: TestClient, site: Site) -> None:
    mark = "handle:amber:0c:desk"
    form = desk.get("/desk/escalation", params={"community": "sn10", "edit": f"P2 {mark}"}).text

    send(desk, site, replaces=mark, when="amber", amount="", whom="desk", manner="digest")
    changed = [step.manner for step in plan(site).steps if step.mark == mark]
    send(desk, site, "/drop", mark=mark)

    assert "改一步" in form and f'value="{mark}"' in form
    assert changed == ["digest"]
    assert mark not in {step.mark for step in plan(site).steps}


def test_what_holds_everywhere_comes_back(desk: TestClient, site: Site) -> None:
    send(desk, site)

    status, page = send(desk, site, "/restore")

    assert status == 200
    assert plan(site).community == "*"
    assert "恢复成默认的" in page


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"amount": "三"}, "请填一个整数"),
        ({"amount": "0"}, "1 分钟到 30 天"),
        ({"amount": "99999", "unit": "days"}, "1 分钟到 30 天"),
        ({"whom": "<script>"}, "请选告诉谁"),
        ({"manner": "ring"}, "夜里不响"),
        ({"level": "P0", "manner": "digest"}, "不能只进汇总"),
        ({"stage": "lunch"}, "请选阶段"),
        ({"when": "red", "whom": "desk"}, "已经有了"),
    ],
)
def test_a_wrong_step_is_refused_and_nothing_typed_is_lost(
    desk: TestClient, site: Site, more: dict[str, str], said: str
) -> None:
    before = plan(site)

    status, page = send(desk, site, **more)

    assert status == 422
    assert said in page and "<script>" not in page
    assert f'name="amount" inputmode="numeric" size="6" maxlength="6" value="{more.get("amount", "3")}"' in page
    assert plan(site) == before


def test_the_last_ringing_step_of_an_emergency_cannot_be_taken_away(desk: TestClient, site: Site) -> None:
    first, _ = send(desk, site, "/drop", level="P0", mark="handle:red:0c:director")
    status, page = send(desk, site, "/drop", level="P0", mark="handle:red:0c:desk")

    assert first == 200
    assert status == 422
    assert "必须马上响" in page


def test_whoever_was_overtaken_reads_who_was_faster_and_may_send_it_again(desk: TestClient, site: Site) -> None:
    seen = str(plan(site).id)
    send(desk, site)

    answer = desk.post("/desk/escalation", data={**STEP, "amount": "5", "seen": seen})
    again = desk.post(
        "/desk/escalation",
        data={**STEP, "amount": "5", "seen": re.findall(r'name="seen" value="(\d+)"', answer.text)[-1]},
    )

    assert answer.status_code == 409
    assert "张主任" in answer.text and "刚改过" in answer.text and 'value="5"' in answer.text
    assert again.status_code == 200
    assert {step.minutes for step in plan(site).steps if step.whom == "grid"} == {180, 300}


def test_only_who_oversees_may_change_and_everywhere_only_who_oversees_all(
    enter: EnterFactory, staff: StaffFactory, site: Site, desk: TestClient
) -> None:
    duty = enter(staff("duty"))
    street = enter(staff("street", scopes=("street:songnan",)))
    district = enter(staff("district", scopes=("district:baoshan",)))

    refused = [
        send(duty, site)[0],
        send(desk, site, community="*")[0],
        send(street, site, community="*")[0],
        send(street, site, community="yh1")[0],
    ]
    allowed = [send(street, site, community="sn11")[0], send(district, site, community="*")[0]]

    assert refused == [403] * 4
    assert allowed == [200, 200]
    assert "加一步" not in duty.get("/desk/escalation").text
    assert "网格" in desk.get("/desk/escalation").text
    with site.store.look() as look:
        assert {row["community"] for row in records.changes(look, "sn11", 20)} == {"sn11", "*"}
