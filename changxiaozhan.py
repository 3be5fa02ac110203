"""The front door: one command that mounts the four programs' own commands, and `demo`."""


def main() -> None:
    """Entry point of the command `changxiaozhan`."""
