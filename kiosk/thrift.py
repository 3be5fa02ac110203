"""Libraries without the companions that they load where they find them: unused, those would fill a kiosk's memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*companions: str) -> Iterator[None]:
    """Inside, these packages look as if they were not installed, unless somebody else has loaded them already."""
    hidden = [name for name in companions if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own sign for "not to be imported"
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
