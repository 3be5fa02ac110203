"""The station's kiosk: the agent (outbox, courier, twin, heartbeat, devices) and the touchscreen's local pages."""
