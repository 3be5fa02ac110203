"""When two descriptions of a place mean the same one. Pure; topics ask it too."""

import re
import unicodedata

from server.duplicates.plates import without_plates

MAX_KEY = 40

_DIGITS = {letter: number for number, letter in enumerate("零一二三四五六七八九")} | {"两": 2}
_NUMERAL = re.compile(r"[零一二三四五六七八九十两]+(?=号|栋|幢|座|单元|#)")
_BUILDING = re.compile(r"第?0*([0-9]+)(?:号楼|号栋|[栋幢座#](?:楼(?![上下前后道梯]))?|号$)")
_VAGUE = re.compile(r"(?:的?(?:旁边|边上|附近|门口|门前|楼下|下面|前面|后面|里面|外面|这里|那里|这边|那边|处|旁|口))+$")
_SAME = (
    ("大门", "门"), ("自行车棚", "车棚"), ("非机动车棚", "车棚"), ("电动车棚", "车棚"), ("电瓶车棚", "车棚"),
    ("楼梯间", "楼道"), ("过道", "楼道"), ("走廊", "楼道"), ("电瓶车", "电动车"),
)  # fmt: skip
_NAMED_BUILDING = re.compile(r"(?<![0-9])[0-9]{1,4}号楼")


def place_key(place: str) -> str:
    """What two descriptions of one place have in common: `３ 幢楼下` and `三号楼门口` are both `3号楼`.

    A plate is not a place: the same place with another plate is the same topic. Empty when nothing is said.
    """
    text = _folded(place)
    # `北门口` is a gate's front, `门口` alone is all there is to go by.
    short = _VAGUE.sub("", text.replace("门口", "门") if re.search(r"[东南西北正后侧]门口", text) else text)
    return (short or text)[:MAX_KEY]


def landmarks(text: str, spots: tuple[str, ...]) -> frozenset[str]:
    """Buildings and known spots that a sentence speaks of, as keys: `3号楼楼道堆满了` → `3号楼`."""
    folded = _folded(text).replace("门口", "门")
    found = set(_NAMED_BUILDING.findall(folded))
    found |= {key for spot in spots if len(key := place_key(spot)) > 1 and key in folded and not key[0].isdigit()}
    return frozenset(found)


def _folded(typed: str) -> str:
    text = without_plates(unicodedata.normalize("NFKC", typed)).casefold()
    text = "".join(letter for letter in text if letter == "#" or unicodedata.category(letter)[0] in "LN")
    text = _NUMERAL.sub(lambda found: str(_number(found[0])), text)
    text = _BUILDING.sub(lambda found: f"{found[1]}号楼", text)
    for one, other in _SAME:
        text = text.replace(one, other)
    return text


def _number(numeral: str) -> int:
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return int("".join(str(_DIGITS[letter]) for letter in numeral))
    return (_number(tens) if tens else 1) * 10 + (_number(ones) if ones else 0)
