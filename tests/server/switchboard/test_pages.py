from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from server import alerts
from server.alerts import Ringer
from server.kit.site import Site
from server.staff import Person
from tests.server.alerts.conftest import RingerFactory, clock, crew, dingtalk, pass_time, ringer, wecom
from tests.server.alerts.robots import DingTalkRobot, WeComRobot
from tests.server.conftest import EnterFactory, ReportFactory

__all__ = ["clock", "crew", "dingtalk", "pass_time", "ringer", "wecom"]


@pytest.fixture
def desk(enter: EnterFactory, crew: dict[str, Person]) -> TestClient:
    return enter(crew["director"])


def test_the_desk_says_which_channel_fails_until_it_works_again(
    ringer: RingerFactory, wecom: WeComRobot, dingtalk: DingTalkRobot, desk: TestClient, site: Site,
    report: ReportFactory, pass_time: Callable[[Ringer, int], None],
) -> None:  # fmt: skip
    bell = ringer(wecom.entry("wecom"), dingtalk.entry("dingtalk"))
    wecom.mood = "error500"
    report("person.lost_elder")
    pass_time(bell, 60)

    failing, listed = desk.get("/desk/alerts").text, desk.get("/desk").text
    with site.store.look() as look:
        sentences = alerts.troubles(look)
    wecom.mood = ""
    pass_time(bell, 90)
    well, listed_since = desk.get("/desk/alerts").text, desk.get("/desk").text

    assert len(sentences) == 1 and sentences[0].startswith("提醒渠道 wecom 发不出去，连续 ")
    assert sentences[0] in failing and sentences[0] in listed
    assert "提醒渠道 wecom" not in listed_since
    assert "提醒渠道 wecom 发不出去" not in well


@pytest.mark.parametrize(
    ("after", "said"), [("4000", "0 到 60 分钟"), ("三", "填整数"), ("-5", "填整数"), ("9" * 30, "0 到 60 分钟")]
)
def test_a_ladder_that_is_refused_keeps_what_was_typed(
    ringer: RingerFactory, desk: TestClient, site: Site, after: str, said: str
) -> None:
    ringer()
    with site.store.look() as look:
        before = alerts.ladder(look)

    answer = desk.post(
        "/desk/alerts/ladder",
        data={
            "level": "P1",
            "after_s": ["0", after, "600"],
            "repeat_s": ["45", "60", "60"],
            "channels": ["2", "2", "2"],
        },
    )

    assert answer.status_code == 422
    assert said in answer.text and 'value="45"' in answer.text and f'value="{after[:6]}"' in answer.text
    with site.store.look() as look:
        assert alerts.ladder(look) == before
