"""Who this device is. On a real board a one-line file, written when the device is installed."""

ID = "desk-1"
