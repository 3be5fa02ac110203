"""People who can be reached, the units they belong to, and how phones and addresses are written. Pure."""

import re
import unicodedata
from dataclasses import dataclass

UNITS = {
    "prop_guard": "物业秩序",
    "prop_eng": "物业工程",
    "volunteer": "志愿者",
    "building_leader": "楼组长",
    "grid": "网格",
    "street": "街道城运",
}
"""Kinds of unit; a community may have several of a kind."""

POSTS = {"duty": "值班", "backup": "后备", "director": "主任", "guard": "保安"}
"""What somebody can be on a shift."""

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"0?(10|2\d|[3-9]\d{2})(\d{7,8})", re.ASCII)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_WECOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}", re.ASCII)
_BUILDING = re.compile(r"(?<!\d)(\d{1,3})\s*(?:号楼|号高层|号(?=\d*(?:单元|室))|栋|幢|#)")
_BUILDING_HAN = re.compile(r"([一二三四五六七八九十]{1,3})(?:号楼|号高层|栋|幢)")
_DIGITS = {letter: number for number, letter in enumerate("一二三四五六七八九", 1)}


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who can be reached in one community, with or without an account.

    `key` is stable and may be stored: `contact:7`, or `staff:3` for an account that nobody entered as a contact.
    `phone` is for calling, `sms` a mobile for text messages, `wecom` the id for a mention; empty: none.
    `active` is False once the person was removed, the account disabled, or its scope no longer covers the community.
    """

    key: str
    name: str
    staff: int | None = None
    phone: str = ""
    sms: str = ""
    email: str = ""
    wecom: str = ""
    active: bool = True

    @property
    def masked(self) -> str:
        """The phone as it may stand on a page."""
        return mask(self.phone)


def clean_phone(text: str) -> str | None:
    """A mobile or landline as digits (landlines with their hyphen): `13800138000`, `021-55550110`; None if neither."""
    plain = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", text))
    bare = re.sub(r"^(?:\+|00)86", "", plain)
    if _MOBILE.fullmatch(bare):
        return bare
    # Abroad the area code stands without its 0; at home it never does.
    landline = _LANDLINE.fullmatch(bare) if bare != plain or bare.startswith("0") else None
    return f"0{landline[1]}-{landline[2]}" if landline else None


def is_mobile(phone: str) -> bool:
    """Whether text messages reach it."""
    return bool(_MOBILE.fullmatch(phone))


def mask(phone: str) -> str:
    """`138****8000`, `021-****0110`; empty stays empty."""
    if not phone:
        return ""
    head = phone[:3] if is_mobile(phone) else phone.partition("-")[0] + "-"
    return f"{head}****{phone[-4:]}"


def is_email(text: str) -> bool:
    """An address that a mail program would take; at most 254 characters."""
    return len(text) <= 254 and bool(_EMAIL.fullmatch(text))


def is_wecom(text: str) -> bool:
    """An id that mentions one person. `all` is refused: it would ring a whole group."""
    return bool(_WECOM.fullmatch(text)) and text.lower() not in {"all", "@all"}


def building_in(words: str) -> str | None:
    """The number of the first building named in somebody's words: `3号楼下面`, `三号楼`, `12 幢` → `3`, `3`, `12`."""
    plain = unicodedata.normalize("NFKC", words)
    found = _BUILDING.search(plain)
    if found:
        return str(int(found[1]))
    in_words = _BUILDING_HAN.search(plain)
    number = _number(in_words[1]) if in_words else None
    return None if number is None else str(number)


def clean_building(text: str) -> str | None:
    """A building's number as it is kept: `3`, `03号楼` and `3 幢` are `3`; None when there is no number."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"\d{1,3}", plain, re.ASCII):
        return str(int(plain))
    return building_in(plain)


def _number(han: str) -> int | None:
    tens, ten, ones = han.partition("十")
    if not ten:
        return _DIGITS.get(han)
    if (tens and tens not in _DIGITS) or (ones and ones not in _DIGITS):
        return None
    return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)
