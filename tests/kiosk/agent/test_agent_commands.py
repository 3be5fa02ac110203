"""Commands and settings through a whole kiosk: the wire, the disk, the screen."""

from typing import Any

from gateway.contract.commands import Command
from gateway.contract.topics import Channel, Lane, Topic
from gateway.contract.twin import Desired

DOWN = str(Topic("kiosk-01", Channel.COMMAND))


def say(world: Any, command: str, name: str, **args: Any) -> None:
    order = Command(command, name, world.time.wall + 60_000, args)
    world.gateway.wire.publish(DOWN, order.encode())
    world.settle()
    ledger = world.agent.commands
    while ledger.turn() or ledger.act(True) or ledger.act(False):
        world.settle()


def results(world: Any) -> list[tuple[str, str]]:
    return [
        (fact.body["id"], fact.body["state"])
        for lane, fact in world.gateway.effects
        if lane is Lane.EVENT and fact.kind == "result"
    ]


def test_a_message_is_shown_before_the_notices_and_its_result_arrives(world: Any) -> None:
    world.start()
    world.gateway.desire(Desired(1, {"notices": [{"id": "N1", "text": "停水"}]}))
    world.settle()

    say(world, "command-0001", "show_message", text="请留意老人")

    assert results(world) == [("command-0001", "accepted"), ("command-0001", "done")]
    assert [(one.text, one.level) for one in world.agent.view().notices] == [
        ("请留意老人", "warning"),
        ("停水", "info"),
    ]
    world.later(121_000)
    assert [one.text for one in world.agent.view().notices] == ["停水"]


def test_a_kiosk_killed_after_acting_answers_a_repeat_from_its_disk(world: Any) -> None:
    world.start()
    say(world, "command-0001", "show_message", text="请留意老人")

    world.die()
    say(world, "command-0001", "show_message", text="请留意老人")

    assert [state for _, state in results(world)] == ["accepted", "done", "done"]
    assert world.agent.view().notices == ()


def test_an_unplugged_device_and_an_unsupervised_restart_fail_honestly(world: Any) -> None:
    world.start()

    say(world, "command-0001", "open_box")
    say(world, "command-0002", "restart")

    reasons = {fact.body["id"]: fact.body.get("reason") for _, fact in world.gateway.effects if fact.kind == "result"}
    assert reasons == {"command-0001": "no such device here", "command-0002": "nobody can start it again here"}


def test_a_setting_out_of_range_leaves_the_last_good_state_and_says_why(world: Any) -> None:
    world.start()
    world.gateway.desire(Desired(1, {"spots": ["门口"], "kiosk": {"idle_s": 60}}))
    world.settle()

    world.gateway.desire(Desired(2, {"spots": ["车棚"], "kiosk": {"idle_s": 1}}))
    world.later(2_000)

    assert world.agent.twin.wanted.kiosk["idle_s"] == 60
    assert world.agent.view().spots == ("门口",)
    assert (world.gateway.reported.version, "idle_s" in world.gateway.reported.error) == (1, True)
