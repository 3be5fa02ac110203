"""Commands at the kiosk: written down before anything moves, carried out once, answered the same for ever after."""

from kiosk.agent.commands.collecting import LogTail
from kiosk.agent.commands.deeds import Deeds, Failed, Means, Outcome
from kiosk.agent.commands.ear import Ear
from kiosk.agent.commands.ledger import Ledger
from kiosk.agent.commands.records import migrations

__all__ = ["Deeds", "Ear", "Failed", "Ledger", "LogTail", "Means", "Outcome", "migrations"]
