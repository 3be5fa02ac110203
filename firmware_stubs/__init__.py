"""The devices beside the kiosk: MicroPython code, the desk that runs it unchanged, and the simulators."""
