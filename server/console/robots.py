"""`changxiaozhan robots`: the three stand-in group robots, to try alerts out without an account there."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from server.alerts.standins import Robot


def robots(
    port: Annotated[int, typer.Option(min=1, max=65533, help="First of three ports on 127.0.0.1.")] = 9400,
) -> None:
    """Run stand-ins for the group robots of WeCom, DingTalk and Feishu, and print what their groups would see.

    They check signatures, sizes and rates as documented. Put the printed lines into channels.toml of the data folder.
    """
    from server.alerts import FILE  # here, so that other commands do not carry the server in their memory
    from server.alerts.standins import DingTalkRobot, FeishuRobot, WeComRobot

    running: list[Robot] = []
    try:
        for place, kind in enumerate((WeComRobot, DingTalkRobot, FeishuRobot)):
            running.append(kind(port=port + place, heard=_show))
    except OSError as cause:
        typer.echo(f"changxiaozhan: port {port + len(running)} cannot be used ({cause.strerror})", err=True)
        raise typer.Exit(2) from cause
    typer.echo(f"# {FILE} (chmod 600)\nallow_private = true\n")
    for robot in running:
        typer.echo(robot.entry(robot.kind))
    typer.echo("# Ctrl-C ends it. What the groups see:")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        typer.echo("")
    finally:
        for robot in running:
            robot.shut()


def _show(kind: str, text: str) -> None:
    typer.echo(f"\n--- {kind}\n{text}")
