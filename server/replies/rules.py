"""What a reply template is, where it fits, what may stand in it, and how it is filled. Pure."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gateway.contract.categories import GROUPS
from server.duplicates import plates_in

EVERYWHERE = "*"
AUTHOR = "出厂设置"
EDITORS = frozenset({"director", "committee", "street"})
"""They may word what their own community says."""
MAX_TITLE, MAX_TEXT, MAX_FILLED = 20, 300, 500

MOVES = {
    "close": "结案", "reject": "不予受理", "transfer": "转办", "shelve": "挂账", "extend": "延时", "return": "退回重做",
    "dispatch": "派遣", "word": "告诉骑手", "ask": "问骑手", "merge": "并案", "void": "作废", "reopen": "重开",
}  # fmt: skip
"""The moves whose words reach the reporter, in the order in which people look for them."""
_SAYS_DONE = frozenset({"close", "word"})
_DONE = re.compile(r"解决了|已解决|已经解决|处理好了|处理完了|办好了|办结了|修好了|搞定了")
_NOT_YET = re.compile(r"(?:没|未|不|等|前).{0,6}$")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A word in braces that stands for a ticket's own fact. `example` fills the preview."""

    meaning: str
    example: str
    public: bool
    """Whether it may stand in a letter, which everybody reads."""
    late: frozenset[str] = frozenset()
    """The moves whose form asks for it: until that is sent, it stays in braces."""


PLACEHOLDERS = {
    "类别": Placeholder("上报的类别；信里不写人的事", "消防通道被占", True),
    "地点": Placeholder("上报写的地点；信里只写大家都知道的地方", "北门口", True),
    "小站": Placeholder("小站的名字", "北门站", True),
    "居委": Placeholder("居委会", "淞南十村居委会", True),
    "责任方": Placeholder("在办的一方", "物业秩序", True),
    "用时": Placeholder("从上报到现在", "42 分钟", True),
    "今天": Placeholder("今天的日期", "11月22日", True),
    "单号": Placeholder("工单号", "CXZ-261122-0007", False),
    "收到时间": Placeholder("收到上报的时间", "11月22日 12:19", False),
    "值班电话": Placeholder("小站的值班电话", "021-5555-0110", False),
    "日期": Placeholder("表单里选的日期", "11月29日", False, frozenset({"shelve", "extend", "transfer"})),
    "对方": Placeholder("转给的单位", "市政养护", False, frozenset({"transfer"})),
}


@dataclass(frozen=True, slots=True)
class Template:
    """Words for a move, for the categories that `category` fits: a code, `parking.*`, or `*`.

    `key` names it in addresses. `community` is `*` for what the program brings; a community's own wording of one of
    these has its key as `origin`, and stands in its place. `letter`: for the station's screen instead of the receipt.
    """

    key: str
    community: str
    move: str
    category: str
    letter: bool
    title: str
    text: str
    origin: str = ""
    retired: bool = False
    version: int = 0
    author: str = AUTHOR
    at: int = 0

    def fits(self, move: str, category: str) -> bool:
        """Whether it is offered with this move for this category."""
        group = category.partition(".")[0]
        return not self.retired and self.move == move and self.category in {category, f"{group}.*", EVERYWHERE}

    @property
    def claims_too_early(self) -> bool:
        """Whether it would say that a matter is settled before it is: never of what is shelved or handed over."""
        return self.move != "close" and claims_done(self.text) is not None

    @property
    def rank(self) -> tuple[int, bool]:
        """The most specific first, and the community's own before the program's."""
        return (self.category == EVERYWHERE) + (self.category[-1] == "*"), self.community == EVERYWHERE


@dataclass(frozen=True, slots=True)
class Draft:
    """A template as typed. `version` is the one the page showed; 0: a new one, or a shipped one worded anew."""

    move: str = "close"
    category: str = EVERYWHERE
    letter: bool = False
    title: str = ""
    text: str = ""
    retired: bool = False
    version: int = 0


@cache
def shipped() -> tuple[Template, ...]:
    """What the program brings."""
    found = tomllib.loads((Path(__file__).parent / "shipped.toml").read_text("utf-8"))["reply"]
    return tuple(
        Template(
            f"s-{name}", EVERYWHERE, one["move"], one["category"], one.get("letter", False), one["title"], one["text"]
        )
        for name, one in found.items()
    )


def trouble(draft: Draft, codes: Collection[str]) -> str | None:
    """Why a draft cannot be taken (a sentence), or None. `codes`: the catalogue's categories."""
    names = _NAME.findall(draft.text)
    unknown = [name for name in names if name not in PLACEHOLDERS]
    hidden = [name for name in names if name in PLACEHOLDERS and not PLACEHOLDERS[name].public]
    useless = [name for name in names if name in PLACEHOLDERS and _never_known(name, draft.move)]
    claim = None if draft.move in _SAYS_DONE else claims_done(draft.text)
    checks = (
        (draft.move not in MOVES, "请选用在哪一步"),
        (not _is_pattern(draft.category, codes), "请选类别"),
        (not 1 <= len(draft.title) <= MAX_TITLE, f"名称写 1–{MAX_TITLE} 个字"),
        (not 1 <= len(draft.text) <= MAX_TEXT, f"要说的话写 1–{MAX_TEXT} 个字"),
        (bool(unknown), f"不认识 {{{unknown[0] if unknown else ''}}}。可以用：{_ALL}"),
        (bool(re.search(r"[{}]", _NAME.sub("", draft.text))), "花括号要成对，里面写一个词，如 {地点}"),
        (bool(useless), f"“{MOVES.get(draft.move)}”时还没有 {{{useless[0] if useless else ''}}}"),
        (draft.letter and draft.move != "close", "只有结案时才有屏幕上的感谢信"),
        (draft.letter and bool(hidden), f"屏幕上的信谁都看得到，不能写 {{{hidden[0] if hidden else ''}}}"),
        (draft.letter and bool(plates_in(draft.text) or _PHONE.search(draft.text)), "信里好像有车牌或电话，请去掉"),
        (claim is not None, f"“{MOVES.get(draft.move)}”时事情还没有办好，不能说“{claim}”"),
    )
    return next((sentence for wrong, sentence in checks if wrong), None)


def claims_done(text: str) -> str | None:
    """The words by which a text says that the matter is settled; None when it does not."""
    for found in _DONE.finditer(text):
        if not _NOT_YET.search(text[: found.start()]):
            return found[0]
    return None


def fill(text: str, values: Mapping[str, str], kept: Collection[str] = ()) -> str:
    """The text with its placeholders replaced, at most 500 characters; those `kept` stay for later.

    A sentence of which a fact is not known is left out: better nothing than a hole.
    """
    said = [
        _NAME.sub(lambda found: values[found[1]] if values.get(found[1]) else found[0], sentence)
        for sentence in _SENTENCE.findall(text)
        if all(values.get(name) or name in kept or name not in PLACEHOLDERS for name in _NAME.findall(sentence))
    ]
    return "".join(said).strip()[:MAX_FILLED].rstrip()


def inert(value: str) -> str:
    """A fact as it may be put into a text: on one line, and never a placeholder itself."""
    return " ".join(value.split()).replace("{", "｛").replace("}", "｝")


def ascii_braces(text: str) -> str:
    """As Chinese keyboards type them: `｛地点｝` is `{地点}`."""
    return re.sub(r"\{\s*([^{}]*?)\s*\}", r"{\1}", text.replace("｛", "{").replace("｝", "}"))


def _never_known(name: str, move: str) -> bool:
    late = PLACEHOLDERS[name].late
    return bool(late) and move not in late and move != "word"


def _is_pattern(category: str, codes: Collection[str]) -> bool:
    return category == EVERYWHERE or category in codes or (category[-2:] == ".*" and category[:-2] in GROUPS)


_NAME = re.compile(r"\{([^{}]*)\}")
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]+|[^。！？!?\n]+$")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")
_ALL = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
