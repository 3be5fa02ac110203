"""Kinds of letters, and the name a rider is thanked by. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from server.incidents import plain
from server.kit.errors import Invalid
from server.letters.giveaways import PLATE

CLOSING, FAMILY = "closing", "family"
MAX_TEXT = 500
MAX_SENDER = 20

MAX_NAME = 12
WAITING, SHOWN, REFUSED = "waiting", "shown", "refused"

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


def clean_name(typed: str) -> str:
    """A name to be thanked by, 1 to 12 signs. Raises `Invalid` for what no screen should call anybody."""
    name = " ".join(plain(typed, 200).split())
    if not name:
        raise Invalid("请写一个称呼，比如“雨夜骑士”")
    if len(name) > MAX_NAME:
        raise Invalid(f"称呼最长 {MAX_NAME} 个字")
    folded = unicodedata.normalize("NFKC", name)
    if re.search(r"\d{4}", folded) or PLATE.search(folded):
        raise Invalid("称呼里不要写号码，小站里谁都看得到")
    if _ADDRESS.search(folded):
        raise Invalid("称呼里不要写 @ 和网址")
    return name
