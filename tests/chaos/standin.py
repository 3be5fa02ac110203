"""The stand-in broker as a process that can be killed alone: `python -m tests.chaos.standin FOLDER PORT`."""

import sys
import threading
from pathlib import Path

from gateway.mailbox import Mailbox
from gateway.standin import Standin

if __name__ == "__main__":
    data, port = Path(sys.argv[1]), int(sys.argv[2])
    broker = Standin(
        Mailbox(data / "mailbox.db"), data / "gateway", "127.0.0.1", port, demo=True, refused=lambda *_: None
    )
    broker.start()
    threading.Event().wait()
