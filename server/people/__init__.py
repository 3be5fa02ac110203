"""The people behind a desk: contacts, units, building leaders, and the duty rota by the hour."""

from server.kit.feature import Feature
from server.people.actions import (
    ContactDraft,
    ShiftDraft,
    add_member,
    add_unit,
    own,
    remove_contact,
    remove_member,
    remove_shift,
    remove_unit,
    save_contact,
    save_shift,
    swap,
    withdraw_swap,
)
from server.people.demo import seed_demo
from server.people.duty import SOURCES, OnDuty, gaps, holders, on_duty, rota, say, troubles
from server.people.records import accounts, contact_row, contacts, members, migrations, shift_row, shifts, units
from server.people.rota import DAYS, Gap, Rota, Shift, Stretch, Swap, Turn
from server.people.rules import POSTS, UNITS, Contact, building_in, clean_phone, mask

__all__ = [
    "DAYS", "POSTS", "SOURCES", "UNITS", "Contact", "ContactDraft", "Gap", "OnDuty", "Rota", "Shift", "ShiftDraft",
    "Stretch", "Swap", "Turn", "accounts", "add_member", "add_unit", "building_in", "clean_phone", "contact_row",
    "contacts", "feature", "gaps", "holders", "mask", "members", "on_duty", "own", "remove_contact", "remove_member",
    "remove_shift", "remove_unit", "rota", "save_contact", "save_shift", "say", "seed_demo", "shift_row", "shifts",
    "swap", "troubles", "units", "withdraw_swap",
]  # fmt: skip

feature = Feature("people", migrations=migrations)
