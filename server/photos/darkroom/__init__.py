"""Riders' photos in, clean JPEGs out. Called by the photos feature; the decoding happens in a process of its own.

This package imports nothing of ours: its workers load it alone, without the web part around it.
"""

from .developed import Developed
from .process import READER, Box, CannotStart, Limits, Worker, WorkerDied, WorkerTooSlow
from .refusals import PhotoRefused
from .room import Darkroom

__all__ = [
    "READER", "Box", "CannotStart", "Darkroom", "Developed", "Limits", "PhotoRefused", "Worker", "WorkerDied",
    "WorkerTooSlow",
]  # fmt: skip
