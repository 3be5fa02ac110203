"""The desk's page of help certificates: who waits for one, and which were given."""

from server.certbook import pages
from server.kit.feature import Entry, Feature

feature = Feature(
    "certbook",
    routers=[pages.router],
    entries=(Entry("certificates", "/desk/certificates", "助人证明", "shield-check", lambda person: person.triages),),
)
