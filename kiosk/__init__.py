"""The station's kiosk: the agent (outbox, courier, twin, heartbeat, devices) and the touchscreen's local pages."""

from kiosk.thrift import without

with without("rich", "greenlet"):  # for coloured logs and foreign threads: 6 MB that nothing here uses
    import structlog as structlog
