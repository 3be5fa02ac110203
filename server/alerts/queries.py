"""What the attempts and channels look like afterwards: the log of a ticket, the channels' health, what is purged."""

from collections.abc import Sequence

from gateway.sqlite import Row
from server.kit.store import Work


def note(
    work: Work,
    incident: int | None,
    delivery: int | None,
    channel: str,
    confirmed: bool | None,
    answer: str,
    names: str,
) -> None:
    """Append an attempt to the log; `confirmed` None: on its way, or something worth knowing that was no attempt."""
    work.insert(
        "alert_attempts",
        {
            "incident": incident, "delivery": delivery, "channel": channel, "at": work.now,
            "confirmed": None if confirmed is None else int(confirmed), "answer": answer, "names": names,
        },
    )  # fmt: skip


def attempts(work: Work, incident: int) -> list[Row]:
    """The log of a ticket, oldest first: at, channel, confirmed, answer, names."""
    return work.rows("select * from alert_attempts where incident = ? order by id", (incident,))


def recent_tries(work: Work, channel: str, since: int) -> list[int]:
    """When a channel was used since then; a message that told of several tickets counts once."""
    rows = work.rows(
        """select distinct at from alert_attempts
           where channel = ? and at > ? and confirmed is not null order by at""",
        (channel, since),
    )
    return [row["at"] for row in rows]


def tell_health(work: Work, channel: str, worked: bool, answer: str, blocked: int) -> None:
    """Keep how a channel did; `blocked`: until when it takes nothing (UTC ms), 0 when it is not blocked."""
    work.run(
        """insert into alert_channels (name, tried, worked, failures, blocked, answer) values (?, ?, ?, ?, ?, ?)
           on conflict (name) do update set tried = excluded.tried, worked = coalesce(excluded.worked, worked),
             failures = case when excluded.failures = 0 then 0 else failures + 1 end,
             blocked = excluded.blocked, answer = excluded.answer""",
        (channel, work.now, work.now if worked else None, int(not worked), blocked, answer),
    )


def health(work: Work) -> dict[str, Row]:
    """Channel → tried, worked, failures (in a row), blocked, answer."""
    return {row["name"]: row for row in work.rows("select * from alert_channels")}


def failing(work: Work) -> set[str]:
    """Channels that failed at least twice in a row lately, or are blocked."""
    rows = work.rows(
        "select name from alert_channels where blocked > ? or (failures >= 2 and tried > ?)",
        (work.now, work.now - 3_600_000),
    )
    return {row["name"] for row in rows}


def waiting(work: Work) -> dict[str, Row]:
    """Channel → urgent, rest (how many messages wait), oldest (the earliest due)."""
    rows = work.rows(
        """select channel, sum(urgent) as urgent, sum(1 - urgent) as rest, min(due) as oldest
           from alert_deliveries where state = 'waiting' group by channel"""
    )
    return {row["channel"]: row for row in rows}


def last_failures(work: Work, communities: Sequence[str], most: int) -> list[Row]:
    """The latest attempts that were not confirmed, of these communities' tickets and of tests, newest first."""
    marks = ", ".join("?" for _ in communities)
    return work.rows(
        f"""select alert_attempts.*, alert_outbox.number from alert_attempts
            left join alert_outbox on alert_outbox.incident = alert_attempts.incident
            where confirmed = 0 and (alert_attempts.incident is null or alert_outbox.community in ({marks}))
            order by alert_attempts.id desc limit ?""",
        [*communities, most],
    )


def unaccepted(work: Work, communities: Sequence[str]) -> int:
    """How many tickets ring right now in these communities."""
    marks = ", ".join("?" for _ in communities)
    return int(
        work.value(
            f"""select count(*) from alert_outbox
                where urgent = 1 and next is not null and community in ({marks})""",
            list(communities),
        )
        or 0
    )


def tidy(work: Work, deliveries_before: int, attempts_before: int, most: int) -> int:
    """Delete what nobody needs any more; returns how many rows went."""
    gone = work.run(
        "delete from alert_deliveries where id in (select id from alert_deliveries where finished < ? limit ?)",
        (deliveries_before, most),
    )
    return gone + work.run(
        """delete from alert_attempts
           where id in (select id from alert_attempts order by id limit ?) and at < ?""",
        (most, attempts_before),
    )
