"""Limits that a community sets for itself: each with a value, who set it, and when. First rules are always wrong."""

from server.kit.feature import Feature
from server.thresholds.actions import set_for_station, set_value, setting, value
from server.thresholds.records import migrations
from server.thresholds.rules import SETTERS, Setting, Threshold

__all__ = ["SETTERS", "Setting", "Threshold", "feature", "set_for_station", "set_value", "setting", "value"]

feature = Feature("thresholds", migrations=migrations)
