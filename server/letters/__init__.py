"""Letters: thanks that come back to the station from which a report was sent."""

from gateway.contract.envelope import Body
from server.incidents import IncidentClosed
from server.kit.clock import day
from server.kit.feature import Feature
from server.kit.site import Site
from server.kit.store import Work
from server.letters import actions
from server.letters.actions import MOST, withdraw
from server.letters.records import get, migrations, of_incident, showing

__all__ = ["MOST", "feature", "get", "of_incident", "showing", "withdraw"]


def _panel(work: Work, code: str, site: Site) -> Body:
    return {
        "letters": [
            {
                "id": f"L{row['id']}", "title": row["title"], "text": row["text"], "sender": row["sender"],
                "day": day(row["at"]), "until": row["until"],
            }
            for row in showing(work, code, MOST)
        ]
    }  # fmt: skip


feature = Feature("letters", migrations=migrations, hears={IncidentClosed: actions.thank}, panel=_panel)
