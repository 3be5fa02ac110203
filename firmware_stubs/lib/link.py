"""The serial link to the kiosk, from the device's side: one JSON object a line. `docs/devices.md` describes it.

An event is repeated until the kiosk says `ok`; a command is answered again from memory when it comes twice.
Runs on MicroPython and on a desk.
"""

import asyncio
import json
from os import urandom

from ticks import ticks_diff, ticks_ms

MAX_LINE = 512  # bytes, the newline included
BAUD = 115200
POLL_S = 0.05
CHUNK = 1024  # what the line brings in one poll at BAUD, and to spare
REPEAT_MS = 2000
MAX_EVENTS = 16
MAX_ANSWERS = 8


class Refused(Exception):
    """A command that cannot be done now; the text goes to the kiosk as `why`."""


class Lines:
    """Cuts bytes into lines; never holds more than one line, drops one that is too long up to its newline."""

    def __init__(self):
        self.held = bytearray()
        self.dropping = False

    def feed(self, data):
        """The lines completed by `data`, without newlines and without empty ones."""
        done = []
        for number, part in enumerate(bytes(data).split(b"\n")):
            if number:
                if self.held and not self.dropping:
                    done.append(bytes(self.held))
                self.held = bytearray()
                self.dropping = False
            if self.dropping:
                continue
            if len(self.held) + len(part) > MAX_LINE - 1:
                self.held = bytearray()
                self.dropping = True
            else:
                self.held.extend(part)
        return done


class Link:
    """A device's line. `port`: a `machine.UART`; `about`: the self-description; `commands`: name → coroutine(args)."""

    def __init__(self, port, about, commands=None):
        self.port = port
        self.commands = commands or {}
        self.about = dict(about)
        self.about["boot"] = "".join("%02x" % byte for byte in urandom(4))
        self.about["commands"] = sorted(self.commands)
        self.lines = Lines()
        self.seq = 0
        self.latest = None  # the readings sent last
        self.torn = True  # whatever the kiosk holds of us from before is not a line
        self.events = []  # [message, ticks of the last try], oldest first
        self.answers = []  # the latest results, oldest first
        self.job = None
        self.job_id = None

    async def run(self):
        """The link's own duty: hear the kiosk, answer it, repeat what it has not confirmed."""
        self._say({"t": "hello"}, self.about)
        try:
            while True:
                data = self.port.read(CHUNK)
                for line in self.lines.feed(data) if data else ():
                    self._hear(line)
                self._repeat()
                # Always the same pause, so that a flood cannot starve the other duties.
                await asyncio.sleep(POLL_S)
        finally:
            if self.job:
                self.job.cancel()

    def read(self, readings):
        """Send readings, name → number. Not repeated: the next ones are newer."""
        self.latest = readings
        self._say({"t": "read"}, {"r": readings})

    def event(self, name, body=None):
        """Send an event and repeat it until the kiosk has it; past MAX_EVENTS the oldest gives way."""
        while len(self.events) >= MAX_EVENTS:
            self.events.pop(0)
        message = self._say({"t": "event"}, {"e": name, "b": body or {}})
        if message:
            self.events.append([message, ticks_ms()])

    def unconfirmed(self):
        """How many events the kiosk has not confirmed."""
        return len(self.events)

    def _repeat(self):
        now = ticks_ms()
        for entry in self.events:
            if ticks_diff(now, entry[1]) >= REPEAT_MS:
                entry[1] = now
                self._write(entry[0])

    def _hear(self, line):
        try:
            message = json.loads(str(line, "utf-8"))
        except (ValueError, RuntimeError):  # RuntimeError: nested too deep
            return
        if not isinstance(message, dict):
            return
        kind = message.get("t")
        if kind == "hello?":
            self._say({"t": "hello"}, self.about)
            if self.latest:
                self.read(self.latest)  # a kiosk that has just come need not wait for the next ones
        elif kind == "ok":
            self.events = [entry for entry in self.events if entry[0]["seq"] != message.get("seq")]
        elif kind == "do":
            self._do(message)

    def _do(self, message):
        number, name, args = message.get("id"), message.get("name"), message.get("args", {})
        if not isinstance(number, str) or not 0 < len(number) <= 64 or not isinstance(args, dict):
            return
        if number == self.job_id:
            return  # being done; its result follows
        for answer in self.answers:
            if answer["id"] == number:
                self._say({"t": "result"}, answer)
                return
        if self.job_id is not None:
            # Not remembered: the same command may be tried again.
            self._say({"t": "result"}, {"id": number, "ok": False, "b": {"why": "busy"}})
            return
        self.job_id = number
        self.job = asyncio.create_task(self._act(number, name, args))

    async def _act(self, number, name, args):
        ok, body = False, {}
        try:
            command = self.commands.get(name) if isinstance(name, str) else None
            if command is None:
                raise Refused("unknown command")
            body = await command(args) or {}
            ok = True
        except Refused as reason:
            body = {"why": str(reason)}
        except Exception as failure:
            print("command failed:", repr(failure))
            body = {"why": "failed"}
        self.answers.append({"id": number, "ok": ok, "b": body})
        while len(self.answers) > MAX_ANSWERS:
            self.answers.pop(0)
        self.job = self.job_id = None
        self._say({"t": "result"}, self.answers[-1])

    def _say(self, message, fields):
        self.seq += 1
        message["seq"] = self.seq
        message.update(fields)
        return message if self._write(message) else None

    def _write(self, message):
        line = (json.dumps(message, separators=(",", ":")) + "\n").encode()
        if len(line) > MAX_LINE:
            print("line too long, not sent:", message["t"])
            return False
        if self.torn:
            line = b"\n" + line
        # A kiosk that does not read must not stop the device: what does not fit is dropped, not waited for.
        self.torn = self.port.write(line) != len(line)
        return True
