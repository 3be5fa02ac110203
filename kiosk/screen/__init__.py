"""The touchscreen: one local page for wet gloves, served to the kiosk's own browser and to nobody else."""

from kiosk.screen.app import StationAgent, create

__all__ = ["StationAgent", "create"]
