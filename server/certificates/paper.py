"""A certificate on paper: what the press is given, and the sheets it made last, so that a second tap costs nothing."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage

from gateway.contract import receipts
from server.certificates import keys, seal
from server.certificates.rules import Certificate
from server.kit import press
from server.kit.clock import beijing
from server.kit.site import Site

TEMPLATE = Path(__file__).parent / "templates" / "certificate.typ"
DOTS_PER_INCH = 220
"""Enough for a phone to read the QR code off another phone's screen."""
KEPT = 32
FORMS = {"pdf": "application/pdf", "png": "image/png"}


class Sheets:
    """The sheets made last. They never change: a certificate is signed once. Safe between threads."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, site: Site, certificate: Certificate, form: str) -> bytes:
        """As `pdf` or `png`. Raises `Unavailable`; and `seal.Broken` when it is not signed by a key of ours."""
        name = (certificate.code, form)
        with self._lock:
            if name in self._made:
                self._made.move_to_end(name)
                return self._made[name]
        data = sheet(site, certificate)
        made = press.png(TEMPLATE, data, dots_per_inch=DOTS_PER_INCH) if form == "png" else press.pdf(TEMPLATE, data)
        with self._lock:
            self._made[name] = made
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        return made


def address(site: Site, certificate: Certificate) -> str:
    """What the QR code says: where to check it, and the signed text itself."""
    return f"{site.public_url}/c/{certificate.code}?s={certificate.sealed}"


def sheet(site: Site, certificate: Certificate) -> Mapping[str, Any]:
    """What `certificate.typ` is given; everything it says is read from the signed text."""
    facts, key_id = seal.unseal(certificate.sealed, keys.published(site.data))
    return {
        "number": facts.number,
        "sentence": facts.sentence,
        "times": [[label, *said.split()] for label, said in facts.lines],
        "issuer": facts.issuer,
        "issued": f"{beijing(facts.issued):%Y 年 %-m 月 %-d 日}",
        "code": receipts.show(facts.code),
        "door": f"{site.public_url.partition('://')[2]}/c",
        "key": key_id,
        "qr": qr(address(site, certificate)),
    }


def qr(text: str) -> str:
    """As SVG, to be drawn sharp at any size."""
    image = qrcode.make(text, image_factory=SvgPathImage, border=2, error_correction=ERROR_CORRECT_M)
    return str(image.to_string(encoding="unicode"))
