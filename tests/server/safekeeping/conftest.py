"""The photo of the privacy tests."""

from tests.server.privacy.conftest import photo

__all__ = ["photo"]
