"""Pins: where exactly a rider pointed, on the little map or with the phone's own position, when they chose to."""

from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting
from server.pins import actions
from server.pins.actions import note
from server.pins.records import migrations, of
from server.pins.rules import FAR_M, Pin, Typed, read, said

__all__ = ["FAR_M", "Pin", "Typed", "feature", "note", "of", "read", "said"]

feature = Feature(
    "pins",
    migrations=migrations,
    hears={Exporting: actions.export, Erasing: actions.erase},
    rounds={"delete old pins": (3600, actions.forget)},
)
