"""The page in parts: each is rendered here from the agent's picture, so that the browser fetches only what changed."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gateway import look
from gateway.contract import receipts
from kiosk.agent.view import Letter, Line, Saved, View
from kiosk.agent.vouchers import Redeemed
from kiosk.screen import alarms, qr, wording

FOLDER = Path(__file__).resolve().parent

PARTS = ("head", "clock", "qr", "amenities", "letters", "notices", "line", "duty", "tiles", "spots", "alarm")
"""One template `_{name}.html` each."""

_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


@dataclass(frozen=True, slots=True)
class Context:
    """All that the parts' templates may ask for."""

    view: View

    @property
    def online(self) -> bool:
        """Whether a tap is delivered at once."""
        return self.view.line is Line.ONLINE

    @property
    def letters(self) -> tuple[Letter, ...]:
        """The letters as they came."""
        return self.view.letters


def code(text: str | None) -> Markup | None:
    """The QR code of an address, None where there is none that could be scanned."""
    return qr.svg(text) if text and len(text.encode()) <= qr.MAX_TEXT else None


def part(name: str, view: View) -> str:
    """The HTML of one part; `name` is one of `PARTS`."""
    return _templates.get_template(f"_{name}.html").render(it=Context(view), view=view)


def page(view: View, idle_ms: int, assets: dict[str, str]) -> str:
    """The whole page. `assets`: name → address; `idle_ms`: how long a page stays untouched before it is wiped."""
    parts = {name: Markup(part(name, view)) for name in PARTS}  # noqa: S704 - rendered with autoescape just now
    return _templates.get_template("screen.html").render(
        view=view, parts=parts, digests=digests(view), idle_ms=idle_ms, assets=assets
    )


def state(view: View, build: str) -> str:
    """What the page asks for each second, as JSON: equal pictures give equal bytes, so that most answers are 304.

    `qr_until`: UTC milliseconds by the agent's clock, 0 when no code is shown; `parts`: name → digest;
    `build` changes when the page itself must be loaded anew.
    """
    # The remaining time shrinks with every look while its end stands still, to the second.
    until = round((view.now_ms + view.qr_remaining_ms) / 1000) * 1000 if view.clock_ok else 0
    value = {"build": build, "line": str(view.line), "qr_until": until, "parts": digests(view)}
    return json.dumps(value, separators=(",", ":"))


def digests(view: View) -> dict[str, str]:
    """Part → ten characters that change with its HTML."""
    return {name: hashlib.sha256(part(name, view).encode()).hexdigest()[:10] for name in PARTS}


def thanks(saved: Saved, view: View) -> str:
    """After a check-in."""
    return _templates.get_template("_thanks.html").render(saved=saved, view=view, online=saved.line is Line.ONLINE)


def noted(saved: Saved, amenity: str, label: str, state: str, undo: str) -> str:
    """After a tap on an amenity; `undo`: the state it had."""
    said = wording.amenity_reported(amenity, label, state)
    return _templates.get_template("_noted.html").render(said=said, undo=undo, online=saved.line is Line.ONLINE)


def redeemed(out: Redeemed, view: View) -> str:
    """After a voucher's code: what came out, or who gives it."""
    return _templates.get_template("_redeemed.html").render(
        item=wording.ITEMS.get(out.item, "东西"), outcome=out.outcome, online=out.line is Line.ONLINE, view=view
    )


def sent(saved: Saved, view: View, category: str) -> str:
    """After a report: what happened to it, and its receipt."""
    return _templates.get_template("_sent.html").render(
        view=view,
        tile=next((tile for tile in view.tiles if tile.code == category), None),
        online=saved.line is Line.ONLINE,
        receipt=receipts.show(saved.receipt) if saved.receipt else "",
        receipt_code=code(saved.receipt_url),
    )


_templates.globals.update(icon=look.icon, mark=look.mark, words=wording, alarms=alarms, qr=code)
