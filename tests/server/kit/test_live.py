"""Whoever has a page open hears of changes."""

import asyncio

from server.kit.live import WAITING, Change, Live


def test_every_listener_hears_a_change_published_from_another_thread() -> None:
    async def story() -> list[Change | None]:
        live = Live()
        live.open(asyncio.get_running_loop())
        first, second = live.listen(), live.listen()
        waiting = [asyncio.ensure_future(anext(first)), asyncio.ensure_future(anext(second))]
        await asyncio.sleep(0)
        await asyncio.to_thread(live.publish, Change("incident", "sn10", {"id": 7}))
        return list(await asyncio.gather(*waiting))

    heard = asyncio.run(story())

    assert heard == [Change("incident", "sn10", {"id": 7})] * 2


def test_a_page_that_does_not_read_is_ended_instead_of_filling_the_memory() -> None:
    async def story() -> tuple[int, int]:
        live = Live()
        live.open(asyncio.get_running_loop())

        async def listen() -> int:
            return len([change async for change in live.listen()])

        task = asyncio.ensure_future(listen())
        await asyncio.sleep(0)
        for number in range(WAITING + 2):
            live._fan_out(Change("incident", "sn10", {"id": number}))
        return await asyncio.wait_for(task, 10), live.listening

    heard, listening = asyncio.run(story())

    assert heard < WAITING
    assert listening == 0


def test_shutting_ends_every_listener() -> None:
    async def story() -> list[Change | None]:
        live = Live()
        live.open(asyncio.get_running_loop())

        async def listen() -> list[Change | None]:
            return [change async for change in live.listen()]

        task = asyncio.ensure_future(listen())
        await asyncio.sleep(0)
        live.shut()
        return await asyncio.wait_for(task, 10)

    assert asyncio.run(story()) == []


def test_publishing_without_an_open_loop_does_nothing() -> None:
    live = Live()

    live.publish(Change("incident", "sn10"))

    assert live.listening == 0
