"""What hangs on the wall and what the installer holds: A4 sheets for the press, one station or many in one PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from gateway import look
from server import stations
from server.kit import press
from server.kit.clock import beijing
from server.kit.press import Limits, Press
from server.kit.store import Work
from server.stations import COUNTED, Amenity, Station, rule_words

TEMPLATES = Path(__file__).parent / "templates"
MANY = 20
"""More sheets than this take the long way: more time and memory, one such print at once."""

MOST_HOURS = 120
"""Characters of opening hours that have room on a sign; longer ones are read on the phone."""

_ICONS = ("microwave", "plug", "umbrella", "first-aid-kit", "parking", "clock", "phone-call", "lamp", "map-pin")
_STACK = Press(Limits(memory=3 * 1024**3, most_bytes=128 * 1024**2, seconds=180), at_once=1, waiting=1)


@dataclass(frozen=True, slots=True)
class Order:
    """What the press shall set: made inside a transaction, printed outside it."""

    template: Path
    data: Mapping[str, Any]

    @property
    def sheets(self) -> int:
        """How many pages."""
        return len(self.data["stations"])

    def pdf(self) -> bytes:
        """One PDF, a sheet for each station. Blocks; a thousand take about a minute. Raises `Unavailable`."""
        printer = _STACK.pdf if self.sheets > MANY else press.pdf
        return printer(self.template, self.data)


def signs(work: Work, chosen: Sequence[Station], site_url: str) -> Order:
    """The sign of each station."""
    return _order("sign.typ", work, chosen, site_url)


def installer_pages(work: Work, chosen: Sequence[Station], site_url: str) -> Order:
    """The page for whoever puts the screen up, of each station."""
    return _order("installer.typ", work, chosen, site_url)


def _order(template: str, work: Work, chosen: Sequence[Station], site_url: str) -> Order:
    things = stations.all_amenities(work) if len(chosen) > 1 else {}
    return Order(
        TEMPLATES / template,
        {
            "site": site_url,
            "printed": f"{beijing(work.now):%Y-%m-%d}",
            "icons": {name: _drawing(name) for name in _ICONS},
            "stations": [
                _sheet(one, things.get(one.code) or stations.amenities(work, one.code), site_url) for one in chosen
            ],
        },
    )


def _sheet(station: Station, things: Sequence[Amenity], site_url: str) -> Mapping[str, Any]:
    address = f"{site_url}/s/{station.code}"
    return {
        "code": station.code,
        "name": station.name,
        "community": station.community_name,
        "where": station.address,
        "version": station.version,
        "duty_phone": station.duty_phone,
        "opening": _hours(station),
        "things": [{"label": _counted(one), "icon": one.icon} for one in things if one.state != "removed"],
        "address": address,
        "shown": address.partition("://")[2],
        "qr": qr(address),
        "point": f"{station.point.lat:.6f}, {station.point.lon:.6f} ({station.point.datum})",
        "contacts": [" ".join((one.name, one.role, one.phone)) for one in station.contacts],
    }


def _hours(station: Station) -> list[str]:
    words = rule_words(station.opening)
    return [part for part in words.split("；") if part] if len(words) <= MOST_HOURS else ["开放时间，扫码看"]


def qr(text: str) -> str:
    """A QR code without a border, as an SVG of one path: no printer leaves hairlines between its squares."""
    code = qrcode.QRCode(border=0, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make()
    matrix = code.get_matrix()
    path = []
    for y, row in enumerate(matrix):
        for dark, run in groupby(range(len(row)), key=row.__getitem__):
            if dark:
                places = list(run)
                path.append(f"M{places[0]} {y}h{len(places)}v1.01h-{len(places)}z")
    size = len(matrix)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{"".join(path)}"/></svg>'


def _counted(one: Amenity) -> str:
    return one.label if one.size is None else f"{one.label} {one.size} {COUNTED.get(one.code, '个')}"


def _drawing(name: str) -> str:
    return (
        str(look.icon(name))
        .replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        .replace("currentColor", "#0B2A3B")
    )
