"""A few whole numbers that outlive a power cut: stock, dates, limits."""

from esp32 import NVS

NAMESPACE = "cxz"


class Kept:
    """`defaults`: name (at most 15 letters) → number. What was never set has its default."""

    def __init__(self, defaults):
        self.flash = NVS(NAMESPACE)
        self.values = {}
        for name, default in defaults.items():
            try:
                self.values[name] = self.flash.get_i32(name)
            except OSError:
                self.values[name] = default

    def get(self, name):
        return self.values[name]

    def put(self, name, value):
        """Keep a number; unchanged ones spare the flash."""
        if self.values[name] != value:
            self.flash.set_i32(name, value)
            self.flash.commit()
            self.values[name] = value


def whole(args, name, least, most):
    """The whole number `name` of a command's arguments, None when it is not one between `least` and `most`."""
    value = args.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        return None
    return value
