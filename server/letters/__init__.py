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
    family_letter,
    name_for,
    on_receipt,
    thank_from_family,
    withdraw,
)
from server.letters.giveaways import hints, letter_hints, name_hints
from server.letters.records import (
    families,
    get,
    hangable,
    hanging,
    migrations,
    name_of,
    names_waiting,
    of_family,
    of_incident,
    showing,
)
from server.letters.rules import MAX_NAME, MAX_SENDER, MAX_TEXT, SHOWN, WAITING, Name

__all__ = [
    "MAX_NAME", "MAX_SENDER", "MAX_TEXT", "MOST", "SHOWN", "WAITING", "Name", "answer_name", "drop_name", "families",
    "family_letter", "feature", "get", "hangable", "hanging", "hints", "letter_hints", "name_for", "name_hints",
    "name_of", "names_waiting", "of_family", "of_incident", "on_receipt", "showing", "thank_from_family", "withdraw",
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
