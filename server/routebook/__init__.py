"""The desk's pages of what can be reported and where it goes: categories, rules, try-it-out, dry run."""

from server.kit.feature import Entry, Feature
from server.routebook import category_pages, routing_pages, rule_pages, words_pages

feature = Feature(
    "routebook",
    routers=[category_pages.router, routing_pages.router, rule_pages.router, words_pages.router],
    entries=(
        Entry("categories", "/desk/categories", "类别", "list", lambda person: person.triages),
        Entry("routing", "/desk/routing", "派单规则", "git-merge", lambda person: person.triages),
    ),
)
