"""The kiosk's agent: keeps every tap until head office has it, and tells the screen what the station is and shows."""

from kiosk.agent.agent import Agent

__all__ = ["Agent"]
