"""The addresses handed to people without an account: a number, signed. Whether it still holds, the records say."""

from typing import Literal

from fastapi import Request
from itsdangerous import BadData, SignatureExpired

from server.kit.errors import Missing
from server.kit.site import Site
from server.questions.guesses import Guesses

Door = Literal["q", "o"]
"""A reporter's question, or an outside body's link."""

LASTS_S = 70 * 24 * 3600
"""Beyond the longest link, and the longest wait for a late answer; the records end them earlier."""

EXPIRED = "这个链接过期了。请打小站的值班电话，或者从回执上回答。"
NOT_FOUND = "没有找到这个链接。可能没有复制全，请从发给你的消息里重新点开。"


def address(site: Site, door: Door, number: int) -> str:
    """`https://…/q/MTI.aBcDeF.…`."""
    return f"{site.public_url}/{door}/{site.signer('door-' + door).dumps(number)}"


def number(request: Request, site: Site, door: Door, token: str) -> int:
    """What an address of this door stands for. Raises `Missing`, and `TooMany` for who keeps guessing."""
    guesses: Guesses = site.parts["questions"]
    try:
        found = site.signer("door-" + door).loads(token[:200], max_age=LASTS_S)
    except SignatureExpired as cause:
        raise Missing(EXPIRED) from cause
    except BadData:
        found = None
    if not isinstance(found, int):
        # Only now: a good link is never hidden by what somebody else on this network guessed at.
        guesses.check(request)
        guesses.missed(request)
        raise Missing(NOT_FOUND)
    return found
