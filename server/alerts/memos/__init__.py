"""Memos: what staff must hear about a ticket besides that it is there: it is late, it is theirs now, say yes or no."""
