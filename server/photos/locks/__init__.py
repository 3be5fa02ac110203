"""The lock that stays with a photo of a person wherever it goes afterwards, until the director lifts it."""
