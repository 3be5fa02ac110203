"""What the desk must see about the telling itself: the channels that carry nothing now."""

from gateway.sqlite import Row
from server.alerts import queries
from server.kit.clock import clock
from server.kit.store import Work


def troubles(work: Work) -> tuple[str, ...]:
    """Sentences, one for each failing channel; empty: all is well."""
    health = queries.health(work)
    return tuple(_failing(name, health[name], work.now) for name in sorted(queries.failing(work)))


def _failing(name: str, row: Row, now: int) -> str:
    if row["blocked"] > now:
        return f"提醒渠道 {name} 被限速，到 {clock(row['blocked'])}，急事先走别的渠道"
    return f"提醒渠道 {name} 发不出去，连续 {row['failures']} 次：{row['answer']}"
