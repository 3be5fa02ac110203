"""Pairing: how a kiosk becomes a station's, follows it when it is moved, and learns that it is out of service."""

from kiosk.pairing.draft import Draft
from kiosk.pairing.exchange import NotPaired, Office
from kiosk.pairing.porch import Ended, admit
from kiosk.pairing.watch import Watch

__all__ = ["Draft", "Ended", "NotPaired", "Office", "Watch", "admit"]
