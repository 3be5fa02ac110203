"""Vouchers at the kiosk: a code is checked here without a line, taken once, and the thing handed out."""

from kiosk.agent.vouchers.records import migrations
from kiosk.agent.vouchers.till import Redeemed, Till

__all__ = ["Redeemed", "Till", "migrations"]
