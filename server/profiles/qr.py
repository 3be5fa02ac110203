"""QR codes as inline SVG, to be held before the new phone's camera."""

import qrcode
from markupsafe import Markup
from qrcode.image.svg import SvgPathImage


def svg(address: str) -> Markup:
    """The code of an address, with its quiet zone."""
    image = qrcode.make(address, image_factory=SvgPathImage, border=4)
    return Markup(image.to_string(encoding="unicode"))  # noqa: S704 - drawn from our own address
