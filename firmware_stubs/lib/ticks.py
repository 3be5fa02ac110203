"""Milliseconds since some moment, and differences that survive the counter's wrap."""

try:
    from time import ticks_diff, ticks_ms
except ImportError:  # a desk: CPython knows neither
    from time import monotonic

    def ticks_ms():
        return int(monotonic() * 1000)

    def ticks_diff(later, earlier):
        return later - earlier


__all__ = ["ticks_diff", "ticks_ms"]
