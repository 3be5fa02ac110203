"""Number plates as they are typed, shown, masked and held against each other. Pure; nothing here blocks or corrects.

E-bikes have plates of every kind: what looks like no car's plate is taken as it stands.
"""

import re
import unicodedata

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
LONGEST = 16
LEAST = 4
"""So many signs of a plate say something; fewer are on every second car."""
MOST_PIECES = 20

_KEPT_OUT = re.compile(r"[\s·•・‧.．\-—_]+")
_CAR = re.compile(rf"([{PROVINCES}][A-Z])([A-Z0-9]{{3,8}})([挂学警港澳领]?)")
_NO_PROVINCE = re.compile(r"[A-Z](?=[A-Z]?[0-9IO]{3})[A-Z0-9]{5,6}")
_NEW_ENERGY = re.compile(r"[DABCEFGHJK][A-Z0-9][0-9]{4}|[0-9]{5}[DABCEFGHJK]")
_WRITTEN_OUT = re.compile(rf"[{PROVINCES}]\s*[A-Z][\s·•・.\-]{{0,2}}[A-Z0-9]{{5,6}}")
# No door, floor, price or year, and nothing out of a longer number, a date or an address.
_PIECE = re.compile(r"(?<![A-Z0-9:/.\-])[A-Z0-9]{4,7}(?![A-Z0-9:/\-])(?!\s*(?:室|楼|幢|栋|单元|弄|元|块|米|年|点))")
_UNSURE = str.maketrans("IO", "10")


def normal(typed: str) -> str:
    """As it is kept: NFKC, no dots, spaces, hyphens or control characters, upper case; at most 16 characters."""
    folded = _KEPT_OUT.sub("", unicodedata.normalize("NFKC", typed)).upper()
    return "".join(letter for letter in folded if unicodedata.category(letter)[0] in "LN")[:LONGEST]


def hint(typed: str) -> str:
    """What to look at once more, as a short question to who typed it; empty when nothing is odd."""
    plate = normal(typed)
    found = _CAR.fullmatch(plate)
    if found is None:
        return "前面要不要加省份？比如“沪”。" if _NO_PROVINCE.fullmatch(plate) else ""
    serial, suffix = found[2], found[3]
    for letter, digit in (("I", "1"), ("O", "0")):
        if letter in serial:
            return f"车牌里没有字母 {letter}，是不是把数字 {digit} 写成了 {letter}？"
    length = len(serial) + len(suffix)
    if length < 5:
        return f"好像少了 {5 - length} 位？"
    if length > 6:
        return f"好像多了 {length - 6} 位？"
    if length == 6 and not _NEW_ENERGY.fullmatch(serial + suffix):
        return "六位的是新能源车牌，字母在第一位（D A B C E F G H J K）或最后一位，再看一眼？"
    return ""


def show(plate: str) -> str:
    """`沪A·12345`; anything else as it is."""
    found = _CAR.fullmatch(plate)
    return f"{found[1]}·{found[2]}{found[3]}" if found else plate


def masked(plate: str) -> str:
    """`沪A***45`, for eyes whose matter it is not."""
    if len(plate) < 4:
        return "***"
    return f"{plate[:2]}***{plate[-2:]}" if len(plate) > 5 else f"{plate[:1]}***{plate[-1:]}"


def key(plate: str) -> str:
    """By what plates are looked up: without the province, and with the digits that I and O were meant to be."""
    bare = plate[1:] if plate[:1] in set(PROVINCES) and len(plate) > 1 else plate
    return bare.translate(_UNSURE)


def same(one: str, other: str) -> bool:
    """Whether two plates, both normal, are the same one; a province counts only where both name one."""
    provinces = {plate[:1] for plate in (one, other)} & set(PROVINCES)
    return bool(one and other) and key(one) == key(other) and len(provinces) < 2


def may_be(one: str, other: str) -> bool:
    """Whether one of two plates, both normal, may be the end of the other: `67890` of `沪B67890`."""
    short, long = sorted((key(one), key(other)), key=len)
    return LEAST <= len(short) < len(long) and long.endswith(short)


def alike(one: str, other: str) -> bool:
    """Whether two plates that are not the same may be one car: a sign or the province apart, or cut off."""
    left, right = key(one), key(other)
    if min(len(left), len(right)) < LEAST or same(one, other):
        return False
    apart = sum(a != b for a, b in zip(left, right, strict=False))
    return may_be(one, other) or (len(left) == len(right) and apart <= 1)


def pieces(text: str) -> list[str]:
    """What in somebody's words may be the end of a plate: `67890 堵着门` → `67890`. Whole plates are left out."""
    folded = _WRITTEN_OUT.sub(" ", unicodedata.normalize("NFKC", text).upper())
    found = [one for one in _PIECE.findall(folded) if sum(sign.isdigit() for sign in one) > 1]
    return list(dict.fromkeys(found))[:MOST_PIECES]
