"""One phone within one day: a mark without meaning, by which floods are limited and a report sent again is known."""

from server.kit.feature import Feature
from server.phones import actions
from server.phones.actions import Addresses, Phone, check, earlier, marks_of, note, read, remember, slow
from server.phones.records import migrations
from server.phones.rules import MOST_REPORTS, MOST_SPAM

__all__ = [
    "MOST_REPORTS", "MOST_SPAM", "Phone", "check", "earlier", "feature", "marks_of", "note", "read", "remember", "slow",
]  # fmt: skip

feature = Feature(
    "phones",
    migrations=migrations,
    start=lambda site: site.parts.update(phones=Addresses()),
    rounds={"forget phones": (600, actions.forget)},
)
