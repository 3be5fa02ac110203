"""Many light kiosks in one process, over real MQTT: `python -m firmware_stubs.simulators.fleet`, started by `city.py`.

One line of JSON comes in with the plan, later ones with orders; one line goes out every half second with the figures.
A thread for each kiosk would be a thousand threads: here paho's clients share one loop.
"""

import json
import random
import selectors
import sys
import time
from dataclasses import dataclass
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from firmware_stubs.simulators.light import LightKiosk
from gateway.contract.topics import Lane, down_filter

TICK_S = 0.02
TELL_S = 0.5
CALM_S = 1.0
FIRST_DELAY_S, LONGEST_DELAY_S = 0.3, 5.0
CATEGORIES = ("parking.fire_lane", "parking.ebike_pile", "facility.light", "environment.garbage")


@dataclass(slots=True)
class Member:
    """One kiosk of the fleet and its connection."""

    kiosk: LightKiosk
    password: str
    plan: dict[str, Any]
    client: mqtt.Client | None = None
    stands: bool = False
    socket: Any = None
    retry_at: float = 0.0
    delay: float = FIRST_DELAY_S
    back_at: float = 0.0
    """Until then its line is cut."""
    next_tap: float = 0.0
    next_reading: float = 0.0
    retiring: bool = False
    """Nothing new happens here: another box takes its place once nothing waits in this one."""

    def send(self, topic: str, payload: bytes, retain: bool) -> bool:
        """At QoS 1; False without a connection."""
        if self.client is None or not self.stands:
            return False
        return self.client.publish(topic, payload, 1, retain).rc == mqtt.MQTT_ERR_SUCCESS


class Fleet:
    """All kiosks of one process."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._address = urlsplit(plan["url"])
        self._tap_s, self._reading_s = float(plan["tap_s"]), float(plan["reading_s"])
        self._chance = random.Random(plan["seed"])
        self._selector = selectors.DefaultSelector()
        self._began = time.monotonic()
        self._working = True
        self._told: dict[str, int] = {"made": 0, "acked": 0}
        self.replaced = 0
        self.members = {one["kiosk"]: self._member(one) for one in plan["kiosks"]}

    def run(self) -> None:
        """Until told to end."""
        orders = sys.stdin.buffer
        self._selector.register(orders, selectors.EVENT_READ, None)
        told_at = 0.0
        while True:
            for key, _ in self._selector.select(TICK_S):
                if key.data is None:
                    line = orders.readline()
                    if not line or self._obey(json.loads(line)):
                        return self._leave()
                elif key.data.client is not None and key.data.client.loop_read() != mqtt.MQTT_ERR_SUCCESS:
                    self._cut(key.data, FIRST_DELAY_S)
            now = time.monotonic()
            for member in self.members.values():
                self._turn(member, now)
            if now >= told_at:
                told_at = now + TELL_S
                self._tell()

    def _member(self, one: dict[str, Any]) -> Member:
        now = time.monotonic()
        kiosk = LightKiosk(one["kiosk"], one["station"], one["clock"], one["wrong_s"], self._chance, now)
        member = Member(kiosk, one["password"], one)
        member.retry_at = now + self._chance.uniform(0, one["spread_s"])
        self._plan_taps(member, now + CALM_S)
        return member

    def _plan_taps(self, member: Member, now: float) -> None:
        member.next_tap = now + self._chance.expovariate(1 / self._tap_s)
        member.next_reading = now + self._reading_s * self._chance.random()

    # --- one kiosk's moment

    def _turn(self, member: Member, now: float) -> None:
        if self._working:
            self._live(member, now)
        if member.client is None:
            if now >= member.retry_at and now >= member.back_at:
                self._connect(member)
            return
        outages = member.plan["outages"]
        if self._working and outages and now - self._began >= outages[0][0]:
            _, seconds = outages.pop(0)
            member.back_at = now + seconds
            self._cut(member, 0.0)
            return
        member.kiosk.deliver(member.send, now)
        code = member.client.loop_misc()
        if code == mqtt.MQTT_ERR_SUCCESS and member.client.want_write():
            code = member.client.loop_write()
        if code != mqtt.MQTT_ERR_SUCCESS:
            self._cut(member, FIRST_DELAY_S)

    def _live(self, member: Member, now: float) -> None:
        """Riders tap, devices measure."""
        kiosk, chance = member.kiosk, self._chance
        if member.retiring:
            return
        while now >= member.next_tap:
            member.next_tap += chance.expovariate(1 / self._tap_s)
            body = {"id": token_hex(8), "station": kiosk.station}
            dice = chance.random()
            if dice < 0.01:
                kiosk.make(Lane.SOS, "report", body | {"category": "person.lost_elder"}, now)
            elif dice < 0.1:
                kiosk.make(Lane.EVENT, "report", body | {"category": chance.choice(CATEGORIES)}, now)
            else:
                kiosk.make(Lane.EVENT, "checkin", body, now)
        while now >= member.next_reading:
            member.next_reading += self._reading_s
            reading = {"temperature": round(chance.uniform(15, 35), 1), "raincoats": chance.randint(0, 20)}
            kiosk.make(Lane.TELEMETRY, "telemetry", {"device": "rack-1", "readings": reading}, now)

    def _replace(self, member: Member, password: str) -> None:
        """A new box under the same name: other boot, other streams, other password."""
        self._cut(member, FIRST_DELAY_S)
        old = member.kiosk
        member.kiosk = LightKiosk(old.kiosk, old.station, "ntp", 0.0, self._chance, time.monotonic())
        member.kiosk.tally = old.tally
        member.password, member.retiring = password, False
        self.replaced += 1

    # --- the connection

    def _connect(self, member: Member) -> None:
        kiosk = member.kiosk
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=kiosk.kiosk, clean_session=True, protocol=mqtt.MQTTv311,
            reconnect_on_failure=False,
        )  # fmt: skip
        client.max_inflight_messages_set(0)
        client.username_pw_set(kiosk.kiosk, member.password)
        topic, will = kiosk.will
        client.will_set(topic, will, 1, True)

        def subscribe(*_: Any) -> None:
            client.subscribe([(down_filter(kiosk.kiosk), 1)])

        def pass_on(_client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
            kiosk.received(message.topic, bytes(message.payload), member.send, time.monotonic())

        client.on_connect = subscribe
        client.on_subscribe = lambda *_: self._stand(member)
        client.on_message = pass_on
        try:
            client.connect(self._address.hostname or "127.0.0.1", self._address.port or 1883, 30)
        except OSError:
            self._put_off(member)
            return
        member.client, member.socket = client, client.socket()
        self._selector.register(member.socket, selectors.EVENT_READ, member)

    def _stand(self, member: Member) -> None:
        member.stands, member.delay = True, FIRST_DELAY_S
        member.kiosk.connected(member.send, time.monotonic())

    def _cut(self, member: Member, pause: float) -> None:
        """Without a word, as when the cable is pulled."""
        client = member.client
        if client is None:
            return
        client.on_connect = client.on_subscribe = client.on_message = None
        if member.socket is not None:
            self._selector.unregister(member.socket)
            member.socket.close()
        stood, member.client, member.stands, member.socket = member.stands, None, False, None
        member.kiosk.disconnected()
        if stood:
            member.retry_at = time.monotonic() + pause
        else:
            self._put_off(member)

    def _put_off(self, member: Member) -> None:
        member.retry_at = time.monotonic() + member.delay * self._chance.uniform(0.5, 1.5)
        member.delay = min(member.delay * 2, LONGEST_DELAY_S)

    # --- the parent

    def _obey(self, order: dict[str, Any]) -> bool:
        """True when it is time to leave."""
        match order["do"]:
            case "rest":  # nothing new happens, every line is mended
                self._working = False
                for member in self.members.values():
                    member.back_at = 0.0
            case "retire":
                self.members[order["kiosk"]].retiring = True
            case "replace":
                self._replace(self.members[order["kiosk"]], order["password"])
            case "end":
                return True
        return False

    def _tell(self) -> None:
        tallies = [member.kiosk.tally for member in self.members.values()]
        delays = [delay for tally in tallies for delay in tally.delays]
        for tally in tallies:
            tally.delays.clear()
        versions = [0 if one.kiosk.desired is None else one.kiosk.desired.version for one in self.members.values()]
        word = {
            "connected": sum(member.stands for member in self.members.values()),
            "versions": versions,
            "made": sum(tally.made for tally in tallies),
            "acked": sum(tally.acked for tally in tallies),
            "waiting": sum(member.kiosk.waiting for member in self.members.values()),
            "replaced": self.replaced,
            "retired": [name for name, one in self.members.items() if one.retiring and not one.kiosk.waiting],
            "delays": [(lane, round(seconds, 4)) for lane, seconds in delays],
        }
        sys.stdout.write(json.dumps(word) + "\n")
        sys.stdout.flush()

    def _leave(self) -> None:
        for member in self.members.values():
            if member.client is not None and member.stands:
                topic, payload = member.kiosk.farewell
                member.send(topic, payload, True)
                member.client.disconnect()
        made = {name: member.kiosk.tally.made for name, member in self.members.items()}
        sys.stdout.write(json.dumps({"made_by": made}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    Fleet(json.loads(sys.stdin.buffer.readline())).run()
