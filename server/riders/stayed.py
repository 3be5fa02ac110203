"""Photos that stayed behind when a report was taken: their reasons in the receipt's address, and as sentences on it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from server.photos import INSTEAD, MOST, WHY_LEFT

TOO_MANY = f"一次最多带 {MOST} 张照片，多出来的没有收。"
WHY = {
    **WHY_LEFT,
    "too_many": TOO_MANY,
    "not_read": "照片加起来太大，或者没有传完整。",
    "not_taken": "这张照片没有收下。",
    "not_kept": "这一类不留照片，照片没有保存。",
    "too_late": "这件事已经办完了，照片没有再收。",
    "lost": "手机里找不到这张照片了。",
}
"""The last one is said by the phone's own script."""
NOTES = frozenset({"refused", "unasked", "some", "full"})
"""Each has its note on the receipt; `refused` also stands for reasons that are told one by one."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why one photo did not go. `later`: the same one may well go in a while."""

    reason: str
    later: bool = False


def sentence(troubles: Iterable[Trouble]) -> str:
    """For a form that comes back: each reason once, and what to do next."""
    whys = dict.fromkeys(WHY[one.reason] for one in troubles)
    # Six are kept: there is no room for another one.
    return "".join(whys) + ("" if whys.keys() <= {TOO_MANY} else INSTEAD)


def address(troubles: Iterable[Trouble]) -> str:
    """For the address of the receipt: the reasons, one for each photo."""
    return ".".join(one.reason for one in troubles)


def read(left: str) -> tuple[str, tuple[str, ...]]:
    """The note for an address's `left`, and its sentences, each with its number of photos; anything else is nothing."""
    if left in NOTES:
        return left, ()
    told = Counter(WHY[reason] for reason in left.split(".", MOST)[:MOST] if reason in WHY)
    return "refused" if told else "", tuple(f"{why}（{n} 张）" if n > 1 else why for why, n in told.items())
