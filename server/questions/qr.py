"""QR codes as inline SVG, to be held in front of somebody's phone."""

from functools import lru_cache

import qrcode
from markupsafe import Markup
from qrcode.image.svg import SvgPathImage


@lru_cache(maxsize=64)
def svg(address: str) -> Markup:
    """The code of an address, with its quiet zone."""
    image = qrcode.make(address, image_factory=SvgPathImage, border=4)
    return Markup(image.to_string(encoding="unicode"))  # noqa: S704 - drawn from our own address
