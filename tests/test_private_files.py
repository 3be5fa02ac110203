"""What the programs write is read by nobody else on the machine."""

import subprocess
import sys
from pathlib import Path

import pytest

import changxiaozhan

ROOT = Path(__file__).parents[1]


def test_every_program_writes_for_its_own_user_only() -> None:
    program = (
        "import os, sys\n"
        "os.umask(0o022)\n"
        "sys.argv = ['changxiaozhan', 'gateway', '--help']\n"
        "import changxiaozhan\n"
        "try: changxiaozhan.main()\n"
        "except SystemExit: pass\n"
        "print('mask', oct(os.umask(0)))\n"
    )

    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert answer.stdout.splitlines()[-1] == "mask 0o77"


@pytest.mark.parametrize("there", [True, False], ids=["made with wider rights", "not made yet"])
def test_the_folder_of_logs_is_closed_to_others(tmp_path: Path, there: bool) -> None:
    logs = tmp_path / "data" / "logs"
    if there:
        logs.mkdir(mode=0o755, parents=True)

    changxiaozhan._close_to_others(logs)

    assert logs.stat().st_mode & 0o777 == 0o700
