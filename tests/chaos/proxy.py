"""A TCP proxy between a kiosk and the broker, on which the line can be cut or frozen."""

import contextlib
import select
import socket
import threading

BLOCK = 1 << 16
LOOK_S = 0.1


class Proxy:
    """Listens on `port` from the start. `cut`: connections break and none can be made; `freeze`: nothing moves."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._open = threading.Event()
        self._flows = threading.Event()
        self._over = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.heal()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection and take no new one."""
        self._open.clear()
        self._break()

    def freeze(self) -> None:
        """Connections stay, nothing gets through: the worst kind of line."""
        self._flows.clear()

    def heal(self) -> None:
        """All is well again; a frozen connection goes on where it stood."""
        self._open.set()
        self._flows.set()

    def close(self) -> None:
        """End for good."""
        self._over.set()
        self.heal()
        self._server.close()
        self._break()

    def _break(self) -> None:
        with self._lock:
            for pair in self._pairs:
                for end in pair:
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            try:
                if not self._open.is_set():
                    raise ConnectionRefusedError
                far = socket.create_connection(("127.0.0.1", self._target), 2)
            except OSError:
                near.close()
                continue
            threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with self._lock:
            self._pairs.append((near, far))
        across = {near: far, far: near}
        try:
            while self._open.is_set() and not self._over.is_set():
                if not self._flows.wait(LOOK_S):
                    continue
                for end in select.select([near, far], [], [], LOOK_S)[0]:
                    block = end.recv(BLOCK)
                    if not block:
                        return
                    across[end].sendall(block)
        except OSError:
            return
        finally:
            with self._lock:
                self._pairs.remove((near, far))
            near.close()
            far.close()
