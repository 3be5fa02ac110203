"""Parking: plates as people type them, and the family coupon 亲情停车券, checked before anyone is scolded."""

from server.incidents import IncidentMoved
from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting, Gathering
from server.kit.store import Work
from server.parking import actions, overstay, personal
from server.parking.actions import (
    Visit,
    alike,
    cancel,
    correct,
    coupon_for,
    family_of,
    issue,
    leave,
    purge,
    set_terms,
)
from server.parking.families import called
from server.parking.families import retire as retire_family
from server.parking.families import save as save_family
from server.parking.overstay import REGISTER
from server.parking.plates import LEAST as LEAST_SIGNS
from server.parking.plates import hint, key, may_be, normal, same, show
from server.parking.queries import households_by_id, last_plates, months_of, standing, uses
from server.parking.records import coupon, households, migrations, terms
from server.parking.rules import (
    AHEAD_MS,
    CANCELLED,
    ISSUERS,
    KEEPERS,
    LEFT,
    LOOKERS,
    MAX_NAME,
    MAX_SPOT,
    OVER,
    RUNNING,
    SETTERS,
    STATES,
    Coupon,
    Household,
    Terms,
    may_give_back,
    month_of,
    read_month,
    read_terms,
)
from server.parking.tickets import Line, odd_plates, on_ticket

__all__ = [
    "AHEAD_MS", "CANCELLED", "ISSUERS", "KEEPERS", "LEAST_SIGNS", "LEFT", "LOOKERS", "MAX_NAME", "MAX_SPOT", "OVER",
    "REGISTER", "RUNNING", "SETTERS", "STATES", "Coupon", "Household", "Line", "Terms", "Visit", "alike", "called",
    "cancel", "correct", "coupon", "coupon_for", "family_of", "feature", "hint", "households", "households_by_id",
    "issue", "key", "last_plates", "leave", "may_be", "may_give_back", "month_of", "months_of", "normal",
    "odd_plates", "on_ticket", "purge", "read_month", "read_terms", "retire_family", "same", "save_family",
    "set_terms", "show", "standing", "terms", "uses",
]  # fmt: skip


def _moved(work: Work, event: IncidentMoved) -> None:
    actions.ticket_ended(work, event.incident)


feature = Feature(
    "parking",
    migrations=migrations,
    hears={IncidentMoved: _moved, Gathering: personal.gather, Exporting: personal.export, Erasing: personal.erase},
    rounds={
        "look for cars whose coupon is over": (30, overstay.look),
        "forget coupons of long ago": (3600, actions.forget),
    },
)
