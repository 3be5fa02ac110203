"""Riders who rest, check in and report: real requests to the phone pages and the kiosks' screens, a light flow.

They use the pages as a browser without JavaScript does: read the form, fill it in, send it.
"""

import io
import random
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2
from PIL import Image, ImageDraw

MEAN_CHECKIN_S = 12.0
MEAN_REPORT_S = 75.0
TIMEOUT_S = 10.0

_WORDS = {
    "parking.fire_lane": ("白车停在消防通道上", "通道被一辆面包车堵了"),
    "parking.ebike_pile": ("楼门口电动车堆满了", "单元门口停了一排车，轮椅出不来"),
    "parking.spot_taken": ("25号车位被占了",),
    "facility.light": ("楼道灯全黑", "门口的灯一闪一闪"),
    "environment.garbage": ("垃圾房门口一地",),
    "station.supply_empty": ("雨衣没了", "纸巾用完了"),
    "suggestion.idea": ("快递分拣那里能不能搭个棚",),
    "hazard.ice": ("路口有一片冰",),
    "rider.entry_denied": ("走进去要二十分钟",),
}


@dataclass
class Form:
    """A form as it stands in a page."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._open = Form(action=given.get("action", ""))
            self.found.append(self._open)
        elif self._open is not None and "name" in given:
            name, kind = given["name"], given.get("type", "text")
            if tag == "input" and kind in {"radio", "checkbox"}:
                self._open.choices.setdefault(name, []).append(given.get("value", "on"))
                if "checked" in given:
                    self._open.fields[name] = given.get("value", "on")
            elif tag == "input" and kind == "file":
                self._open.files.append(name)
            elif tag in {"input", "textarea"} and kind not in {"submit", "button"}:
                self._open.fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms(page: str) -> list[Form]:
    """The forms of a page, in order."""
    parser = _Forms()
    parser.feed(page)
    return parser.found


def run(url: str, kiosks: Sequence[str], seed: int, stopped: threading.Event, say: Callable[[str], None]) -> None:
    """Send riders until `stopped`; a server that is away is waited for, never hammered."""
    chance = random.Random(seed)
    stations = ("sn10-north", "sn10-east", "sn10-west", "sn10-south")
    with httpx2.Client(timeout=TIMEOUT_S, follow_redirects=True) as client:
        next_report = chance.expovariate(1 / MEAN_REPORT_S)
        elapsed = 0.0
        while True:
            pause = chance.expovariate(1 / MEAN_CHECKIN_S)
            elapsed += pause
            if stopped.wait(pause):
                return
            station = chance.choice(stations)
            try:
                if elapsed >= next_report:
                    next_report = elapsed + chance.expovariate(1 / MEAN_REPORT_S)
                    say(f"report at {station}: {report(client, url, station, chance)}")
                elif kiosks and chance.random() < 0.6:
                    kiosk = chance.choice(kiosks)
                    client.post(f"{kiosk}/checkin", json={"tap": secrets.token_urlsafe(12)}).raise_for_status()
                    say(f"tap at {kiosk}")
                else:
                    check_in(client, url, station)
                    say(f"check-in at {station}")
            except (httpx2.HTTPError, LookupError) as cause:
                say(f"a rider could not get through: {cause!r}")


def check_in(client: httpx2.Client, url: str, station: str) -> None:
    """One visit through the phone page. Raises `LookupError` when the page has no such form."""
    address = f"{url}/s/{station}"
    page = client.get(address)
    form = next((one for one in forms(page.text) if "checkin" in one.action), None)
    if form is None:
        raise LookupError(f"no check-in form on {address} ({page.status_code})")
    client.post(urljoin(address, form.action), data=form.fields).raise_for_status()


def report(client: httpx2.Client, url: str, station: str, chance: random.Random) -> str:
    """One report through the phone's form, often with a photo; returns the address of the receipt."""
    address = f"{url}/s/{station}/report"
    page = client.get(address)
    form = next((one for one in forms(page.text) if "category" in one.choices), None)
    if form is None:
        raise LookupError(f"no report form on {address} ({page.status_code})")
    category = chance.choice([code for code in _WORDS if code in form.choices["category"]])
    values = {**form.fields, "category": category, "words": chance.choice(_WORDS[category])}
    if form.choices.get("place"):
        values["place"] = chance.choice(form.choices["place"])
    with_photo = form.files and category not in {"rider.entry_denied", "station.supply_empty"}
    files = {form.files[0]: ("photo.jpg", picture(chance), "image/jpeg")} if with_photo else None
    answer = client.post(urljoin(address, form.action), data=values, files=files)
    answer.raise_for_status()
    return str(answer.url)


def picture(chance: random.Random) -> bytes:
    """A drawn street scene as a phone's JPEG, with a camera's EXIF, so that the whole road is walked."""
    width, height = 1600, 1200
    image = Image.new("RGB", (width, height), (chance.randint(150, 200), 200, 225))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 700, width, height), fill=(95, 98, 104))
    for left in range(-100, width, 220):
        draw.polygon(((left, 1010), (left + 120, 1010), (left + 90, 1035), (left - 30, 1035)), fill=(236, 200, 70))
    for _ in range(5):
        left, tall = chance.randint(0, width), chance.randint(250, 520)
        draw.rectangle((left, 700 - tall, left + 240, 700), fill=(chance.randint(170, 215), 180, 165))
        for row in range(700 - tall + 30, 670, 70):
            for column in range(left + 25, left + 210, 65):
                draw.rectangle((column, row, column + 32, row + 40), fill=(88, 112, 130))
    left, colour = chance.randint(250, 850), chance.choice(((245, 245, 245), (180, 30, 30), (40, 60, 110)))
    draw.rounded_rectangle((left, 760, left + 560, 900), 46, fill=colour)
    draw.rounded_rectangle((left + 110, 660, left + 440, 800), 50, fill=colour)
    draw.rounded_rectangle((left + 140, 685, left + 410, 770), 26, fill=(50, 70, 88))
    for wheel in (left + 120, left + 440):
        draw.ellipse((wheel - 62, 838, wheel + 62, 962), fill=(24, 24, 26))
        draw.ellipse((wheel - 28, 872, wheel + 28, 928), fill=(170, 170, 175))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Changxiaozhan", "Simulated rider"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()
