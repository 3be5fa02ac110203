"""The desk's page of letters: a family's thanks passed on without names, and the names riders want to be thanked by."""

from server.kit.feature import Entry, Feature
from server.letterbook import pages

__all__ = ["feature"]

feature = Feature(
    "letterbook",
    routers=[pages.router],
    entries=(Entry("letters", "/desk/letters", "家属感谢", "heart-handshake", lambda person: person.triages),),
)
