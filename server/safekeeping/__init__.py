"""The desk's pages of photo safety and privacy: covering by hand, holds, retention, and a person's own data."""

from server.kit.feature import Entry, Feature
from server.privacy import KEEPERS
from server.safekeeping import adding_pages, blur_pages, people_pages, photo_pages, retention_pages

feature = Feature(
    "safekeeping",
    routers=[
        adding_pages.router, blur_pages.router, photo_pages.router, retention_pages.router, people_pages.router,
    ],
    entries=(
        Entry("safekeeping", "/desk/retention", "照片与个人信息", "shield-lock", lambda person: person.role in KEEPERS),
        Entry("hidden-photos", "/desk/photos/hidden", "发错的照片", "circle-off", lambda person: person.triages),
    ),
)  # fmt: skip
