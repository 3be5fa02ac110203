"""Whether what is written stays: room, rights, and databases that are whole."""

import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

from gateway.doctor.checks import Check, fail, ok, skipped, warn

LEAST_MB = 200
CURE = "put the file aside, with its -wal beside it, and bring back your copy of the folder"
SLOW_S = 0.5
"""A card that takes so long for a few bytes is about to die."""


def check_folder(part: str, folder: Path) -> Check:
    """Whether the folder can be written, with some room left, and answers in time."""
    if not folder.is_dir():
        return fail(part, f"{folder} is not there", "create it, or name the right one")
    began = time.monotonic()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as cause:
        return fail(
            part, f"{folder} cannot be written: {cause.strerror or cause}", "free some room, or check its rights"
        )
    took, free = time.monotonic() - began, shutil.disk_usage(folder).free // 2**20
    if free < LEAST_MB:
        return fail(part, f"only {free} MB free in {folder}", "free some room")
    if took > SLOW_S:
        return warn(part, f"{free} MB free, but 4 KB took {took:.1f} s", "copy what is there and replace the card soon")
    return ok(part, f"{free:,} MB free, 4 KB on the disk in {took * 1000:.0f} ms")


def check_database(part: str, path: Path, cure: str = CURE) -> Check:
    """Whether a SQLite file can be read and is whole. Reads all of it."""
    if not path.exists():
        return skipped(part, f"no {path.name} yet: nothing has run here")
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        try:
            (found,) = connection.execute("pragma quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as cause:
        return fail(part, f"{path} cannot be read: {cause}", cure)
    if found != "ok":
        return fail(part, f"{path} is damaged: {found}", cure)
    return ok(part, f"{path.name} is whole, {path.stat().st_size / 2**20:.1f} MB")
