"""The web process: one uvicorn, orderly start and end, one clear line when it cannot run."""

import contextlib
import gc
import socket
import sys

import structlog
import uvicorn

from gateway.logs import log_to_stderr
from gateway.sqlite import Unusable
from server.app import make_app, make_site
from server.settings import Settings

SWITCH_S = 0.0001
"""Each of a transaction's statements lets go of the interpreter and waits to have it back: by default up to 5 ms where
somebody else computes. Measured with sixteen riders at once: 169 reports a second instead of 131."""

log = structlog.get_logger()


def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT. Exit code: 0 in good order, 2 when it cannot start (one line on stderr)."""
    log_to_stderr("info")
    try:
        host, port = settings.address
        listener = _listen(host, port)
        site = make_site(settings)
    except (Unusable, OSError, ValueError) as cause:
        print(f"changxiaozhan web: {cause}", file=sys.stderr)  # noqa: T201 - the person at the console reads it
        return 2
    config = uvicorn.Config(
        make_app(site),
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=20,
        h11_max_incomplete_event_size=64 * 1024,
    )
    server = uvicorn.Server(config)
    log.info("web ready", address=f"http://{settings.http}", data=str(settings.data))
    gc.collect()
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()  # what start-up made stays for good: no need to look through it again
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    site.store.close()
    site.mailbox.close()
    return 0 if server.started else 2


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as cause:
        listener.close()
        raise OSError(f"cannot listen on {host}:{port}: {cause.strerror}") from cause
    return listener
