"""Example reports played on a real site by `changxiaozhan scenarios`: what came of each beside what was expected.

No feature: it stands outside, as riders, kiosks and devices do, and may therefore use the whole server.
"""
