"""Tickets: from a report to its close. The lifecycle is a table in `lifecycle.py`."""

from gateway.contract.envelope import Body
from server import categories
from server.incidents import findings, moves, redaction, reporting
from server.incidents.events import (
    ApprovalAnswered,
    ApprovalAsked,
    IncidentClosed,
    IncidentMoved,
    IncidentRaised,
    IncidentReported,
    LookDue,
    ReviewDue,
)
from server.incidents.findings import Finding
from server.incidents.findings import of_ticket as findings_of
from server.incidents.joining import split
from server.incidents.journal import By
from server.incidents.lifecycle import ENDED, HELD, MOVES, NEW, OPEN, OVERSEERS, STATES, offered, past, why_not_approve
from server.incidents.moves import (
    approve,
    decline,
    done_outside,
    hear,
    may_take_back,
    move,
    reopen,
    supervise,
    take_back,
    withdraw,
)
from server.incidents.queries import count, counts, find, urgent_waiting
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
    requests_of,
    split_here,
    tied,
)
from server.incidents.reporting import Joins, report
from server.incidents.rules import (
    CHANNELS,
    MAX_PLACE,
    MAX_WORDS,
    REQUEST_STATES,
    STAGES,
    Incident,
    Report,
    Request,
    Step,
    is_client_id,
    moment_of,
    plain,
    stage,
    thanks,
)
from server.incidents.seeing import by_receipt, leading, may_see, visible
from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting
from server.kit.site import Site
from server.kit.store import Work

__all__ = [
    "CHANNELS", "ENDED", "HELD", "MAX_PLACE", "MAX_WORDS", "MOVES", "NEW", "OPEN", "OVERSEERS", "REQUEST_STATES",
    "STAGES", "STATES", "ApprovalAnswered", "ApprovalAsked", "By", "Finding", "Incident", "IncidentClosed",
    "IncidentMoved", "IncidentRaised", "IncidentReported", "Joins", "LookDue", "Report", "Request", "ReviewDue",
    "Step", "add_photos", "after", "approve", "by_client_id", "by_number", "by_receipt", "count", "counts",
    "decline", "done_outside", "feature", "find", "findings_of", "get", "hear", "history", "is_client_id",
    "leading", "may_see", "may_take_back", "merged_here", "moment_of", "move", "of_photo", "offered", "past",
    "photo_counts", "photos", "plain", "reopen", "report", "requests_of", "split", "split_here", "stage",
    "supervise", "take_back", "thanks", "tied", "urgent_waiting", "visible", "why_not_approve", "withdraw",
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
    facts={"report": reporting.from_kiosk, "sos": reporting.from_sos, "device": findings.from_device},
    hears={Exporting: redaction.export, Erasing: redaction.erase},
    rounds={
        "bring back what is due": (20, moves.tell_due),
        "take erased words out of the mailbox": (20, redaction.reword_facts),
    },
)
