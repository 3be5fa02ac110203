"""By which name a rider agrees to be thanked on the stations' screens; asked on the receipt, taken back there too."""

from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting
from server.nicknames import actions
from server.nicknames.actions import Card, agree, card, take_back

__all__ = ["Card", "agree", "card", "feature", "take_back"]

feature = Feature("nicknames", hears={Exporting: actions.export, Erasing: actions.erase})
"""Letters keep the name, privacy keeps the consent; this is where the two are given and taken back together."""
