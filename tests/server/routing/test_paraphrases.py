"""Other words for the same things: each family of rules hears them, and does not hear what only sounds alike."""

import pytest

from server.categories import shipped as kinds
from server.routing import Case, Routed, decide, shipped


def routed(category: str, words: str) -> Routed:
    return decide(Case("sn10", "sn10-north", kinds()[category], words=words), shipped())


EXPOSED = [
    "老太太穿着单衣在风里站着", "大爷光脚走路 问不出话", "阿婆淋着雨在找家", "外面零下 老人没戴帽子",
    "一直在发抖 说不清住哪",
    "穿睡衣出来的 像走丢了", "老爷子冻得说不出话", "只穿了件毛衣 迷路了", "老人浑身湿透了",
    "手冰凉 问什么都不知道", "下大雨 有个奶奶站路中间",
    "没有穿鞋 脚都破了", "穿得很少 一直说回家", "暴雨里一个老伯伯走来走去", "脱了外套 穿着秋衣在走", "他说很冷",
    "没穿外套", "老人穿了一双拖鞋就出来了",
    "外面下雪了 老人在长椅上", "衣服很薄 坐在地上", "赤脚的老人", "哆嗦得厉害", "被淋湿了的老奶奶", "没鞋子",
    "只穿一件短袖 站了一小时了",
]  # fmt: skip
WARM = [
    "大爷穿着羽绒服 找不到家", "老人不冷 就是不认路", "今天没下雨 她说要去买菜", "穿得很厚", "蓝棉袄 说不清住址",
    "精神还好 在门卫坐着", "雨停了 老人在亭子里", "她很冷静",
    "戴帽子穿棉鞋", "北门里面有个大爷转了半天了",
]  # fmt: skip


@pytest.mark.parametrize("words", EXPOSED)
def test_cold_rain_or_thin_clothing_makes_a_lost_elder_p0(words: str) -> None:
    answer = routed("person.lost_elder", words)

    assert (answer.level, answer.target, answer.also) == ("P0", "duty", ("backup", "director"))
    assert {"110", "120"} <= set(answer.calls)


@pytest.mark.parametrize("words", WARM)
def test_a_warmly_dressed_lost_elder_is_p1(words: str) -> None:
    answer = routed("person.lost_elder", words)

    assert (answer.level, answer.also) == ("P1", ("backup",))


RESCUE = [
    "救护车进不来", "救护车被堵在门口", "消防车开不进来", "急救车在等着呢 快来", "120的车过不去",
    "黑车挡着救护车", "消防车过不了 堵死了", "救护车卡住了", "救护车停在外面 担架抬进去的",
    "有辆车拦着 消防车动不了", "后面救护车绕不过去", "急救车出不去", "救火车进不去",
    "那辆面包车不走 救护车一直在等", "救护车 堵住了",
]  # fmt: skip
NO_RESCUE = [
    "消防车通道被堵了", "占了消防车道", "万一救护车来了过不去", "要是消防车来怎么办 都堵着",
    "如果有救护车来肯定进不来", "真有消防车也进不来", "停了一排", "消防通道又停了一辆", "白车停通道上",
    "救护车通道停了车 堵着",
]  # fmt: skip


@pytest.mark.parametrize("words", RESCUE)
def test_a_waiting_ambulance_makes_it_p1_with_numbers_to_call(words: str) -> None:
    answer = routed("parking.fire_lane", words)

    assert (answer.level, answer.target, answer.also, answer.calls) == ("P1", "prop_guard", ("duty",), ("119", "122"))


@pytest.mark.parametrize("words", NO_RESCUE)
def test_an_ambulance_that_is_only_imagined_does_not(words: str) -> None:
    assert routed("parking.fire_lane", words).level == "P2"


FELL = [
    "一个大姐滑倒了", "刚才有人摔了一跤", "骑手摔伤了", "两个人滑了", "老人摔倒在这", "不小心滑倒了 膝盖破了",
    "小孩踩空了", "阿姨崴了脚", "有人受伤", "我自己滑了一跤", "电动车滑倒了 人没大事", "砸到一个人",
    "腿上流血了", "有个爷叔跌倒了", "手擦伤", "可怕 有人摔倒了", "居委会门口有人滑倒", "别人摔了我看到的",
    "没有灯 有人受伤", "物业不会管 摔了三个人了", "绊倒好几个", "掉进去一个人", "撞到人了", "好几个人滑了",
    "划破了手",
]  # fmt: skip
NOBODY_FELL = [
    "路上都是冰", "差点摔了", "差点滑倒", "容易滑倒", "怕老人摔着", "会摔的", "路太滑了", "万一有人摔了怎么办",
    "小心地滑", "没有人受伤", "还没人摔", "以免有人滑倒", "险些摔一跤", "担心有人摔",
]  # fmt: skip


@pytest.mark.parametrize("words", FELL)
def test_injuries_seen_on_ice_make_it_p1(words: str) -> None:
    answer = routed("hazard.ice", words)

    assert (answer.level, answer.target, answer.also) == ("P1", "street", ("duty", "prop_eng"))


@pytest.mark.parametrize("words", NOBODY_FELL)
def test_a_fall_that_did_not_happen_leaves_it_p2(words: str) -> None:
    assert routed("hazard.ice", words).level == "P2"


FIRE = [
    "垃圾桶着火了", "那边起火了", "烧起来了快来", "有明火", "车棚里火苗窜出来", "浓烟滚滚", "爆炸了一声",
    "楼道里烧着了", "火势很大", "火光冲天", "居委会起火了", "社会车辆着火", "不小心着火了",
    "又着火了 上次着火的地方",
    "有人在救 着火的是快递", "柴堆失火",
]  # fmt: skip
NO_FIRE = [
    "容易着火", "怕着火", "万一着火怎么办", "火灾隐患很大", "防止起火", "要是起火了怎么跑", "担心哪天着火",
    "上次着火以后没人管", "没有明火", "迟早着火",
]  # fmt: skip


@pytest.mark.parametrize("category", ["charging.corridor", "environment.garbage", "other.other", "parking.ebike_pile"])
@pytest.mark.parametrize("words", FIRE)
def test_fire_is_p0_whatever_tile_was_tapped(category: str, words: str) -> None:
    answer = routed(category, words)

    assert (answer.level, answer.target, answer.also) == ("P0", "duty", ("backup", "director", "prop_guard"))
    assert "119" in answer.calls


@pytest.mark.parametrize("words", NO_FIRE)
def test_talk_about_fire_is_no_fire(words: str) -> None:
    assert routed("charging.corridor", words).level == "P1"
    assert routed("environment.garbage", words).level == "P3"


CRY = [
    "救命", "救命啊", "有人拿刀", "有人要跳楼", "有人晕倒了", "昏迷了", "他没呼吸了", "说要自杀", "快死了 快来",
    "有人砍人", "一个女的昏倒在地上", "人掉到河里了", "触电了一个", "不省人事", "心脏骤停",
]  # fmt: skip
NO_CRY = ["热得要死了", "救命恩人", "气得要死 车又被占", "跳楼价甩卖", "饿得要死"]


@pytest.mark.parametrize("words", CRY)
def test_a_cry_for_help_is_real_first(words: str) -> None:
    answer = routed("other.other", words + "哈哈哈")

    assert (answer.level, answer.target, answer.also) == ("P0", "duty", ("prop_guard",))


@pytest.mark.parametrize("words", NO_CRY)
def test_a_manner_of_speaking_is_no_cry_for_help(words: str) -> None:
    assert routed("parking.spot_taken", words).level == "P2"


@pytest.mark.parametrize(
    "words",
    [
        "轮椅过不去", "推婴儿车的走不了", "残疾人出不来", "盲人没法走", "轮椅出不去了", "担架抬不进",
        "拄拐杖的爷爷绕不过", "坐轮椅的阿姨等了十分钟", "老人助行器推不过去", "童车卡在中间",
    ],
)  # fmt: skip
def test_blocked_accessibility_is_p2(words: str) -> None:
    answer = routed("parking.ebike_pile", words)

    assert (answer.level, answer.target, answer.also) == ("P2", "volunteer", ("prop_guard", "bldg"))


@pytest.mark.parametrize("words", ["堆得乱七八糟", "送餐过不去", "停了一排车", "已经帮忙挪了两辆", "又乱停"])
def test_a_plain_pile_is_p3(words: str) -> None:
    answer = routed("parking.ebike_pile", words)

    assert (answer.level, answer.target, answer.also) == ("P3", "volunteer", ("bldg",))


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("雨衣没了", "P3"), ("外面下雨 雨衣没了", "P2"), ("暴雨 雨衣一件都没有", "P2"), ("雨太大 没雨衣", "P2"),
        ("雨好大 雨衣没了", "P2"),
        ("下大雨了没有雨衣", "P2"), ("淋湿了 毛巾没了", "P2"), ("没下雨 备点雨衣", "P3"), ("纸巾用完了", "P3"),
        ("台风天 雨衣空了", "P2"),
    ],
)  # fmt: skip
def test_an_empty_shelf_is_more_urgent_in_the_rain(words: str, level: str) -> None:
    assert routed("station.supply_empty", words).level == level


@pytest.mark.parametrize(
    "words",
    [
        "小孩一个人在路边", "孩子走丢了", "小朋友一个人坐着 说找妈妈", "一个小孩在哭", "小女孩一直哭 没大人",
        "男孩一个人 找不到家长", "没有大人陪", "孩子迷路了", "小孩找不到爸爸", "小男孩站那儿哭",
    ],
)  # fmt: skip
def test_a_child_alone_is_p0_under_another_tile_too(words: str) -> None:
    for category in ("person.lost_elder", "person.elder_needs_help", "other.other"):
        answer = routed(category, words)

        assert (answer.level, answer.target, answer.also) == ("P0", "duty", ("prop_guard", "backup"))


ADVERTS = [
    "低息贷款 加微信号 abc", "兼职日结 加v", "办证刻章 13800138000", "网贷秒批 www.abc.top", "彩票内部 加q",
    "代开发票 详询 138 0013 8000", "免费领红包 点击 http://a.cn", "美女上门服务 vx 123",
    "刷单返利 私聊", "信用卡套现 +v", "ＷＷＷ．ａｂｃ．ｔｏｐ 贷款", "高薪招聘 加我", "理财荐股群 qq群",
    "赌场棋牌 x.vip", "推广引流 威信 aa",
]  # fmt: skip


@pytest.mark.parametrize("category", ["other.other", "parking.spot_taken", "environment.garbage"])
@pytest.mark.parametrize("words", ADVERTS)
def test_an_advert_goes_into_the_quiet_queue(category: str, words: str) -> None:
    answer = routed(category, words)

    assert (answer.level, answer.target, answer.also) == ("P3", "duty_queue", ())


@pytest.mark.parametrize("words", ADVERTS)
def test_an_advert_in_an_emergency_is_still_an_emergency(words: str) -> None:
    answer = routed("fire.open_flame", words)

    assert (answer.level, answer.target) == ("P0", "duty")


@pytest.mark.parametrize(
    "words",
    [
        "有人在楼道贴贷款小广告",
        "墙上全是办证广告",
        "兼职的骑手停的车",
        "车主电话 13800138000 打不通",
        "有人发传单 满地都是",
    ],
)
def test_a_complaint_about_adverts_is_no_advert(words: str) -> None:
    assert routed("environment.garbage", words).target == "prop_guard"


@pytest.mark.parametrize("words", ["照片传错了", "截图发错", "外卖小票", "不好意思误传", "点错了"])
def test_a_mistake_waits_for_somebody_to_look(words: str) -> None:
    assert (routed("parking.spot_taken", words).level, routed("parking.spot_taken", words).target) == (
        "P3",
        "duty_queue",
    )


@pytest.mark.parametrize(
    "words",
    [
        "闻到煤气",
        "走廊一股燃气味",
        "好像漏煤气",
        "煤气味很大",
        "天然气泄漏",
        "厨房液化气在漏",
        "燃气的味道",
        "楼里有天然气的臭味",
    ],
)
def test_gas_is_p0_under_another_tile_too(words: str) -> None:
    assert (routed("facility.other", words).level, routed("facility.other", words).target) == ("P0", "duty")


@pytest.mark.parametrize(
    "words", ["电动车在冒烟", "充电柜冒黑烟", "电瓶鼓包了还在充", "电池滋滋响", "锂电池炸了", "电瓶车底下冒着烟"]
)
def test_a_smoking_battery_is_p0_under_another_tile_too(words: str) -> None:
    answer = routed("charging.corridor", words)

    assert (answer.level, answer.also) == ("P0", ("backup", "prop_guard"))


@pytest.mark.parametrize(
    "words",
    ["头破了", "流血不止", "胸口很疼", "喘不上气", "叫不醒", "抽搐", "口吐白沫", "骨折了", "爬不起来", "意识不清"],
)
def test_a_grave_state_makes_any_report_about_a_person_p0(words: str) -> None:
    assert routed("person.elder_needs_help", words).level == "P0"


@pytest.mark.parametrize("words", ["走不动了", "能不能扶一下", "东西拎不动了", "帮忙提上楼", "没流血 就是累"])
def test_an_elder_who_needs_a_hand_is_p2(words: str) -> None:
    answer = routed("person.elder_needs_help", words)

    assert (answer.level, answer.target, answer.also) == ("P2", "duty", ("volunteer", "bldg"))
