"""What the tests of these pages share: a rule, and reading forms."""

import html
import re
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from server import routing
from server.kit.site import Site


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


RULE: dict[str, Any] = {
    "community": "sn10",
    "name": "",
    "label": "夜里的垃圾给志愿者",
    "decides": "target",
    "to": "volunteer",
    "categories": ["environment.*"],
    "also": ["grid"],
}


def draft_of(site: Site) -> routing.Pending:
    with site.store.look() as work:
        found = routing.draft(work, "sn10")
    assert found is not None
    return found


def publish(site: Site, director: TestClient, **more: Any) -> Response:
    """As from a page opened this moment."""
    with site.store.look() as work:
        base = routing.active(work, "sn10").version
    form = {"community": "sn10", "base": base, "drafted": draft_of(site).at, **more}
    return director.post("/desk/routing/publish", data=form)


def field(page: str, name: str) -> str:
    """What a form carries in its field of this name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return html.unescape(found[1])
