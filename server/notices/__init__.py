"""Notices: what the committee wants every rider to read."""

from gateway.contract.envelope import Body
from server.kit.feature import Feature
from server.kit.site import Site
from server.kit.store import Work
from server.notices.actions import LEVELS, MAX_TEXT, post, withdraw
from server.notices.records import get, migrations, showing
from server.stations import get as get_station

__all__ = ["LEVELS", "MAX_TEXT", "feature", "get", "post", "showing", "withdraw"]


def _panel(work: Work, code: str, site: Site) -> Body:
    rows = showing(work, get_station(work, code).community, code, most=5)
    return {
        "notices": [
            {"id": f"N{row['id']}", "text": row["text"], "level": row["level"], "until": row["until"]} for row in rows
        ]
    }


feature = Feature("notices", migrations=migrations, panel=_panel)
