"""Kinds of letters, the name a rider is thanked by, and what a letter for everybody's eyes may give away. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from server.incidents import plain
from server.kit.errors import Invalid

CLOSING, FAMILY = "closing", "family"
MAX_TEXT = 500
MAX_SENDER = 20

MAX_NAME = 12
WAITING, SHOWN, REFUSED = "waiting", "shown", "refused"

_PHONE = re.compile(
    r"(?<!\d)(?:\+?86)?[\s-]?1[3-9](?:[\s-]?\d){9}(?!\d)|(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)|(?<!\d)\d{8}(?!\d)"
)
_CARD = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]\s?[A-Za-z][\s·•.-]?[A-Za-z0-9]{4,6}"
)
_ROOM = re.compile(r"\d{1,3}\s?(?:号楼?|栋|幢)\s?\d{0,2}\s?(?:单元)?\s?\d{3,4}\s?室?|\d{3,4}\s?室")
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文施倪严俞"
)
# The last surname before the title: in 谢谢王阿婆 it is 王.
_CALLED = re.compile(
    rf".*([{_SURNAMES}][\u4e00-\u9fff]{{0,2}}(?:阿婆|阿公|阿姨|奶奶|爷爷|外婆|外公|老伯|伯伯|大爷|大妈|大叔|叔叔|先生|女士|小姐|老师|师傅|主任))"
)
_NAMED = re.compile(r"(?:名叫|叫做|姓名是?|我叫|我是)\s?[\u4e00-\u9fff]{2,4}")
_ADDRESS = re.compile(r"@|://|www\.|\.com|\.cn", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """By what name the reporter of `incident` wants to be thanked on the letters of `leading`. Times: UTC ms."""

    incident: int
    leading: int
    name: str
    at: int
    answered: int | None
    answered_by: str
    state: str


def hints(text: str) -> tuple[str, ...]:
    """What a letter seems to give away, as sentences for whoever is about to hang it up; it blocks nothing."""
    folded = unicodedata.normalize("NFKC", text)
    found = []
    for pattern, what in (
        (_CARD, "身份证号"), (_PHONE, "电话号码"), (_PLATE, "车牌号"), (_ROOM, "门牌号"), (_CALLED, "认得出是谁的称呼"),
        (_NAMED, "名字"),
    ):  # fmt: skip
        match = pattern.search(folded)
        if match:
            found.append(f"信里好像有{what}“{match[match.lastindex or 0].strip()}”，小站里谁都看得到")
    return tuple(found)


def clean_name(typed: str) -> str:
    """A name to be thanked by, 1 to 12 signs. Raises `Invalid` for what no screen should call anybody."""
    name = " ".join(plain(typed, 200).split())
    if not name:
        raise Invalid("请写一个称呼，比如“雨夜骑士”")
    if len(name) > MAX_NAME:
        raise Invalid(f"称呼最长 {MAX_NAME} 个字")
    folded = unicodedata.normalize("NFKC", name)
    if re.search(r"\d{4}", folded) or _PLATE.search(folded):
        raise Invalid("称呼里不要写号码，小站里谁都看得到")
    if _ADDRESS.search(folded):
        raise Invalid("称呼里不要写 @ 和网址")
    return name
