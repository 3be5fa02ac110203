"""Letters: thanks that come back to whoever reported, and to the station from which a report was sent."""

from gateway.contract.envelope import Body
from server.incidents import IncidentClosed
from server.kit.clock import day
from server.kit.feature import Feature
from server.kit.site import Site
from server.kit.store import Work
from server.letters import actions
from server.letters.actions import (
    MOST,
    answer_name,
    drop_name,
    name_for,
    on_receipt,
    thank_from_family,
    withdraw,
)
from server.letters.records import (
    families,
    get,
    migrations,
    name_of,
    names_waiting,
    of_incident,
    showing,
)
from server.letters.rules import MAX_NAME, MAX_SENDER, MAX_TEXT, WAITING, Name, hints

__all__ = [
    "MAX_NAME", "MAX_SENDER", "MAX_TEXT", "MOST", "WAITING", "Name", "answer_name", "drop_name",
    "families", "feature", "get", "hints", "name_for", "name_of", "names_waiting", "of_incident",
    "on_receipt", "showing", "thank_from_family", "withdraw",
]  # fmt: skip


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
