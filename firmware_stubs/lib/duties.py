"""A device lives whole or not at all: its duties run together, and when one fails the board starts anew."""

import asyncio

from machine import WDT, reset

WATCHDOG_MS = 8000
FEED_S = 1


async def together(*duties):
    """Run all duties; when one fails, end the others and let the failure out."""
    tasks = [asyncio.create_task(duty) for duty in duties]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def start(main):
    """What a board's `main.py` calls: run `main()` under the watchdog, and reset when it ends for any reason."""
    try:
        asyncio.run(together(main(), _feed(WDT(timeout=WATCHDOG_MS))))
    except Exception as failure:
        print("device stopped:", repr(failure))
    finally:
        reset()


async def _feed(watchdog):
    while True:
        watchdog.feed()
        await asyncio.sleep(FEED_S)
