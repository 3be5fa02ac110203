"""QR codes as inline SVG, drawn from the bare matrix."""

from functools import lru_cache

from markupsafe import Markup

from kiosk.thrift import without

with without("PIL"):  # its drawers with Pillow are unused here, and cost 9 MB
    import qrcode
    from qrcode.constants import ERROR_CORRECT_M

MAX_TEXT = 300
"""Bytes; longer codes could not be read off a screen at arm's length."""

_MASK = 3
"""Any mask can be read; trying all eight doubles the time."""


@lru_cache(maxsize=8)
def svg(text: str) -> Markup:
    """The code for `text` with its quiet zone, black on white; `ValueError` when empty or over `MAX_TEXT` bytes."""
    if not 0 < len(text.encode()) <= MAX_TEXT:
        raise ValueError(f"a QR code takes 1 to {MAX_TEXT} bytes")
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4, mask_pattern=_MASK)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    path = "".join(_runs(row, y) for y, row in enumerate(matrix))
    return Markup(
        '<svg class="qr" viewBox="0 0 {0} {0}" shape-rendering="crispEdges" role="img" aria-label="二维码">'
        '<rect width="{0}" height="{0}" fill="#fff"/><path d="{1}" fill="#000"/></svg>'
    ).format(len(matrix), path)


def _runs(row: list[bool], y: int) -> str:
    # One rectangle for each run of dark modules keeps the path a third as long.
    parts, x = [], 0
    while x < len(row):
        start = x
        while x < len(row) and row[x]:
            x += 1
        if x > start:
            parts.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
        x += 1
    return "".join(parts)
