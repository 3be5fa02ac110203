import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.categories import Level
from server.alerts import words
from server.alerts.words import Alarm, Call

NOW = 1794981600000


def alarm(**more: object) -> Alarm:
    values: dict[str, object] = {
        "number": "CXZ-261118-0007", "level": Level.P1, "what": "老人走失", "station": "淞南十村 · 北门站",
        "place": "北门里面", "words": "有个大爷转了半天了 说不清楚 穿蓝棉袄 我先陪着", "answers": (), "beside": "",
        "at": NOW - 3 * 60_000,
        "estimated": False, "source": "手机", "calls": ("110",), "desk": "值班", "times": 1, "accepted": "", **more,
    }  # fmt: skip
    return Alarm(**values)  # type: ignore[arg-type]


CALLS = [Call("王值班", "https://cxz.example/a/1f.abcdefghijklmnopqrstuv")]


@pytest.mark.parametrize(
    ("typed", "hidden"),
    [
        ("老人说得出地址 12号楼401 就是走不动了", "401"),
        ("12号楼2单元401室", "401"),
        ("3号楼 1203 漏水", "1203"),
        ("在12-2-401门口", "401"),
        ("12#401", "401"),
        ("１２号楼４０１", "401"),
        ("十二号楼四零一室", "四零一"),
        ("住401室", "401"),
        ("沪A·D12345 停在通道", "D12345"),
        ("沪ＡD12345", "12345"),
        ("沪 A D 1 2 3 4 5", "1 2 3"),
        ("沪C88K26 不认识", "88K26"),
        ("牌照 B12345", "12345"),
        ("打我电话 138-0013-8000", "8000"),
        ("电话 +86 138 0013 8000", "8000"),
        ("一三八零零一三八零零零", "一三八"),
        ("021-55550110", "5555"),
        ("身份证 31011319500101123X", "1950"),
        ("电瓶车牌 1234567", "1234567"),
        ("加v www.xx.top 贷款", "xx.top"),
        ("http://x.top/?a=1", "x.top"),
        ("HTTPS：//x.top", "x.top"),
        ("写信 a.b@example.com", "example.com"),
    ],
)
def test_where_people_live_their_plates_phones_and_links_stay_out_of_a_chat_group(typed: str, hidden: str) -> None:
    said = words.inert(typed)

    assert hidden not in said
    assert "***" in said or "（链接）" in said or "（邮箱）" in said


@pytest.mark.parametrize(
    "typed",
    [
        "3号楼下面有个阿婆找不到家",
        "9号楼门口电动车堆成山 轮椅出不来",
        "穿蓝棉袄 80岁左右",
        "25号车位被占了",
        "充电架温度 58.3℃ 10分钟升高 14℃",
        "22:04 看到的 已打110",
        "南门快递堆那边着火了！！一米多高",
        "小男孩四五岁一个人在西门口哭",
        "2单元门口三辆电动车",
    ],
)
def test_what_helps_to_find_the_place_and_the_person_stays(typed: str) -> None:
    assert words.inert(typed) == typed


def test_nothing_typed_calls_everybody_or_becomes_markup() -> None:
    typed = '@all @所有人 <at user_id="all">所有人</at> <@all> **粗** [点我](http://x.top) `x` # 标题 ＠all'
    typed += "\u202e\x00\x07\n\u2028"

    said = words.inert(typed)

    assert not set("@<>*`#[]\\|\n\x00\x07\u202e\u2028") & set(said)
    assert "x.top" not in said


@given(st.text(max_size=300), st.integers(0, 400))
def test_a_text_is_cut_at_a_character_and_never_longer_than_allowed(text: str, most: int) -> None:
    short = words.cut(text, most)

    assert len(short.encode("utf-8", "surrogatepass")) <= most
    assert short == text or most < 3 or short.endswith("…")


@given(st.text(max_size=500), st.text(max_size=80), st.integers(700, 2048))
def test_an_alert_keeps_its_link_and_its_number_however_long_the_words(said: str, place: str, most: int) -> None:
    text = words.single(alarm(words=said, place=place), CALLS, "M7", NOW, most)

    assert len(text.encode()) <= most
    assert CALLS[0].link in text
    assert text.endswith("工单 CXZ-261118-0007 · 消息 M7")
    assert not set("@<>`\x00") & set(text)


@given(st.text(max_size=200))
def test_no_words_survive_that_a_chat_app_would_act_on(typed: str) -> None:
    said = words.inert(typed)

    assert not set("@<>`[]{}|\\\n\r\t") & set(said)
    assert "://" not in said


def test_an_alert_says_what_where_since_when_and_who_waits() -> None:
    text = words.single(alarm(times=3), CALLS, "M7", NOW, 2048)

    assert text.splitlines() == [
        "【P1 紧急】老人走失",
        "地点：淞南十村 · 北门站，北门里面",
        "原话：有个大爷转了半天了 说不清楚 穿蓝棉袄 我先陪着",
        "时间：13:57，3 分钟前",
        "现场：骑手说有人在旁边",
        "有危险先打：110",
        "责任方：值班",
        "王值班 接单：https://cxz.example/a/1f.abcdefghijklmnopqrstuv",
        "工单 CXZ-261118-0007 · 消息 M7 · 第 3 次提醒",
    ]


def test_whether_the_rider_is_still_there_is_never_guessed() -> None:
    assert words.presence(alarm(words="北门有个大爷")) == "骑手是否还在，没有说"
    assert words.presence(alarm(words="我得走了")) == "骑手说要走了，现场可能没人"
    assert words.presence(alarm(words="北门有个大爷", beside="yes")) == "骑手说还陪着"
    assert words.presence(alarm(words="我先陪着", beside="no")) == "骑手说要走了，现场可能没人"
    assert words.presence(alarm(source="设备")) == "来自设备，现场有没有人不知道"


def test_several_alarms_in_one_message_each_keep_their_link() -> None:
    alarms = [alarm(number=f"CXZ-261118-000{place}", words="长" * 400) for place in range(5)]
    calls = [[Call("王值班", f"https://cxz.example/a/{place}.abcdefghijklmnopqrstuv")] for place in range(5)]

    text = words.several(alarms, calls, "M9", NOW, 2048)

    assert len(text.encode()) <= 2048
    assert all(links[0].link in text for links in calls)


def test_a_digest_of_thousands_counts_them_and_stays_short() -> None:
    alarms = [alarm(level=Level.P3, what="垃圾", place=f"{place}号楼") for place in range(1000)]

    text = words.digest(alarms, "https://cxz.example/desk", "M1", NOW, 2048)

    assert len(text.encode()) <= 2048
    assert text.startswith("【汇总】普通 1000 件")
    assert "件在工作台上" in text
    assert "https://cxz.example/desk" in text
