"""Privacy: how long what is kept, who may have it held, a person's copy and deletion, the notice and consents."""

from server.kit.feature import Feature
from server.privacy import pages, retention, rights
from server.privacy.album import Adding, Album, adding, album
from server.privacy.consents import changed_since, consent, consented, withdraw_consent
from server.privacy.holding import hold_on, lift_hold, put_hold
from server.privacy.notice import current as current_notice
from server.privacy.records import (
    Consent,
    Deed,
    consents,
    deeds,
    forget_consents,
    holds,
    migrations,
    purges,
    rounded,
)
from server.privacy.retention import Report, rehearse, run, set_days, settings
from server.privacy.rights import By, Found, erase, export, find
from server.privacy.rules import KEEPERS, KINDS, LONGEST_HOLD_DAYS, MAX_WHY, Hold

__all__ = [
    "KEEPERS", "KINDS", "LONGEST_HOLD_DAYS", "MAX_WHY", "Adding", "Album", "By", "Consent", "Deed", "Found", "Hold",
    "Report", "adding", "album", "changed_since", "consent", "consented", "consents", "current_notice", "deeds",
    "erase", "export", "feature", "find", "forget_consents", "hold_on", "holds", "lift_hold", "purges",
    "put_hold", "rehearse", "rounded", "run", "set_days", "settings", "withdraw_consent",
]  # fmt: skip

feature = Feature(
    "privacy",
    migrations=migrations,
    routers=[pages.router],
    rounds={
        "keep nothing longer than was said": (300, retention.keep_up),
        "leave nothing of what was deleted": (300, rights.settle),
    },
)
