"""The one visual language: `look.css` and the icons, shared by kiosk, phone, desk and wall.

It lives at the border because both the kiosk and the server may import from there, and from nowhere else together.
"""
