"""Addresses of pictures: signed, for one person, one picture and a few minutes; a copied one is worth nothing."""

from dataclasses import dataclass

from itsdangerous import BadData

from server.kit.errors import Missing
from server.kit.site import Site
from server.staff import Person

LASTS_S = 240
SIZES = ("large", "small")
SEALED = "sealed"
"""The picture as it came, for the director."""
_PURPOSE = "photo"
NOT_FOUND = "没有找到这张照片"
OVER = "这个照片地址过期了，请回到工单再点开。"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an address stands for: a photo, in one of `SIZES` or `SEALED`."""

    photo: int
    size: str


def address(site: Site, person: Person, photo_id: int, size: str) -> str:
    """`/desk/photos/seen/WzEs….jpg`, good for `LASTS_S` seconds."""
    return f"/desk/photos/seen/{site.signer(_PURPOSE).dumps([person.id, photo_id, size])}.jpg"


def read(site: Site, person: Person, token: str) -> Ticket:
    """What somebody's address stands for; raises `Missing` for anybody else's, and for what is over."""
    try:
        owner, photo, size = site.signer(_PURPOSE).loads(token[:300], max_age=LASTS_S)
    except (BadData, ValueError, TypeError) as cause:
        raise Missing(OVER) from cause
    if owner != person.id:
        raise Missing(NOT_FOUND)
    return Ticket(int(photo), str(size))
