"""Tickets: from a report to its close. The lifecycle is a table in `lifecycle.py`."""

from gateway.contract.envelope import Body
from server import categories
from server.incidents import actions
from server.incidents.actions import (
    IncidentClosed,
    IncidentMoved,
    IncidentRaised,
    IncidentReported,
    by_receipt,
    leading,
    may_see,
    move,
    reopen,
    report,
    visible,
)
from server.incidents.lifecycle import ENDED, MOVES, OPEN, STATES, offered
from server.incidents.queries import counts, find, urgent_waiting
from server.incidents.records import (
    add_photos,
    after,
    by_client_id,
    by_number,
    get,
    history,
    merged_here,
    migrations,
    of_photo,
    photo_counts,
    photos,
    tied,
)
from server.incidents.rules import (
    CHANNELS,
    MAX_PLACE,
    MAX_WORDS,
    STAGES,
    Incident,
    Report,
    Step,
    is_client_id,
    moment_of,
    plain,
    stage,
    thanks,
)
from server.kit.feature import Feature
from server.kit.site import Site
from server.kit.store import Work

__all__ = [
    "CHANNELS", "ENDED", "MAX_PLACE", "MAX_WORDS", "MOVES", "OPEN", "STAGES", "STATES", "Incident",
    "IncidentClosed", "IncidentMoved", "IncidentRaised", "IncidentReported", "Report", "Step", "add_photos",
    "after", "by_client_id", "by_number", "by_receipt", "counts", "feature", "find", "get", "history",
    "is_client_id", "leading", "may_see", "merged_here", "moment_of", "move", "of_photo", "offered", "photo_counts",
    "photos", "plain", "reopen", "report", "stage", "thanks", "tied", "urgent_waiting", "visible",
]  # fmt: skip


def _panel(work: Work, code: str, site: Site) -> Body:
    return {
        "categories": [
            {
                "code": one.code, "label": one.label, "icon": one.icon, "group": one.group, "level": str(one.level),
                "calls": list(one.calls), "advice": one.advice,
            }
            for one in categories.current(work).values()
            if one.kiosk and not one.retired
        ]
    }  # fmt: skip


feature = Feature(
    "incidents",
    migrations=migrations,
    panel=_panel,
    facts={"report": actions.from_kiosk, "sos": actions.from_sos, "device": actions.from_device},
)
