"""What Mosquitto reads at its start: its configuration and everybody's rights. `broker.py` writes them down."""

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

from gateway.credentials import GATEWAY
from gateway.sqlite import Unusable


@dataclass(frozen=True, slots=True)
class Tls:
    """Our own broker's certificate. `client_ca`: only clients with a certificate of this authority may knock at all.

    The name a client logs in with stays its user name, never the certificate's: a login dies by one line in the
    mailbox, a certificate only when it expires.
    """

    cert: Path
    key: Path
    client_ca: Path | None = None

    def check(self) -> None:
        """Raises `Unusable` naming the first file that will not do."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.cert, self.key)
        except (OSError, ValueError) as cause:
            why = getattr(cause, "reason", None) or getattr(cause, "strerror", None) or cause
            raise Unusable(f"CXZ_MQTT_TLS_CERT {self.cert} and CXZ_MQTT_TLS_KEY {self.key}: {why}") from cause
        if self.client_ca is not None:
            try:
                context.load_verify_locations(self.client_ca)
            except OSError as cause:
                why = getattr(cause, "reason", None) or cause.strerror or cause
                raise Unusable(f"CXZ_MQTT_TLS_CLIENT_CA {self.client_ca}: {why}") from cause

    def stamp(self) -> tuple[int, ...]:
        """Changes when a file was renewed."""
        files = [self.cert, self.key, *([self.client_ca] if self.client_ca else [])]
        return tuple(path.stat().st_mtime_ns for path in files)


def configuration(folder: Path, host: str, port: int, tls: Tls | None, inner_port: int) -> str:
    """Mosquitto's configuration. With TLS the gateway itself comes in through `inner_port`, on this machine only."""
    listeners = [f"listener {port} {host}"]
    if tls is not None:
        listeners += [f"certfile {tls.cert.absolute()}", f"keyfile {tls.key.absolute()}", "tls_version tlsv1.2"]
        if tls.client_ca is not None:
            listeners += [f"cafile {tls.client_ca.absolute()}", "require_certificate true"]
        listeners += [f"listener {inner_port} 127.0.0.1"]
    # As root it would become the user mosquitto, who cannot read our files.
    user = "user root\n" if os.geteuid() == 0 else ""
    return _CONFIGURATION.format(listeners="".join(f"{line}\n" for line in listeners), folder=folder, user=user)


_CONFIGURATION = """\
per_listener_settings false
{listeners}allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/rights
# With the user name as client id no kiosk can take over another's session, nor the gateway's.
use_username_as_clientid true
# Acks are small packets: gathered for a larger one they would each wait 40 ms.
set_tcp_nodelay true
{user}persistence true
persistence_location {folder}/
persistence_file mosquitto.db
# Sessions and retained messages every 10 s: facts rest on the mailbox's acks, and saving on every change costs
# ten times the broker's own work.
autosave_interval 10
max_inflight_messages 1000
max_queued_messages 50000
max_queued_bytes 67108864
# Far above a fact's 8 KiB, so that one too large reaches the gateway and is parked with a name.
message_size_limit 131072
max_packet_size 262144
log_dest stderr
log_timestamp false
log_type error
log_type warning
log_type notice
log_type information
# Mosquitto tells of a denied publish only here. Measured: 8 µs of its time per message.
log_type debug
"""

RIGHTS = f"""\
user {GATEWAY}
topic readwrite cxz/1/#

pattern write cxz/1/%u/up/#
pattern read cxz/1/%u/down/#
pattern read cxz/1/gateway/state
"""
