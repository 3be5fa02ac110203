"""HTML pages: jinja2 with autoescape, one folder of templates per feature, a small dataclass as each page's input."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from gateway import look
from gateway.contract import receipts
from server.kit import clock

KIT_TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Renders `feature/page.html`. `static` maps a short name to its address; `entries` are the staff's navigation."""

    def __init__(
        self, folders: Mapping[str, Path], static: Mapping[str, str], demo: bool, entries: Sequence[Any] = ()
    ) -> None:
        loaders = {name: FileSystemLoader(folder) for name, folder in folders.items() if folder.is_dir()}
        self._environment = Environment(
            loader=ChoiceLoader([PrefixLoader({**loaders, "kit": FileSystemLoader(KIT_TEMPLATES)})]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {"icon": _icon, "mark": look.mark, "demo": demo, "entries": tuple(entries)}
        self._environment.globals["static"] = lambda name: static[name]
        self._environment.filters |= {
            "clock": clock.clock,
            "day": clock.day,
            "when": clock.when,
            "lasted": clock.lasted,
            "receipt": receipts.show,
        }

    def text(self, template: str, context: Any = None, *, block: str | None = None, **more: Any) -> str:
        """The rendered page, or only its named `{% block %}` (a fragment for htmx)."""
        values = {**fields(context), **more}
        found = self._environment.get_template(template)
        if block is None:
            return found.render(values)
        rendered = found.new_context(values)
        return "".join(found.blocks[block](rendered))

    def page(
        self,
        request: Request,
        template: str,
        context: Any = None,
        *,
        status: int = 200,
        block: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """A response; the template sees the context's fields and `request`."""
        html = self.text(template, context, block=block, request=request)
        # A page made for one person is nobody else's: no shared or back-button copies.
        return HTMLResponse(html, status, {"Cache-Control": "no-store", **(headers or {})})


def fields(context: Any) -> dict[str, Any]:
    """The fields of a dataclass, one level deep."""
    if context is None:
        return {}
    return {field.name: getattr(context, field.name) for field in dataclasses.fields(context)}


def _icon(name: str, label: str = "") -> Markup:
    return look.icon(name, label)
