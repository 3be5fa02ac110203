"""`changxiaozhan doctor`: names the part that fails, one line each. The kiosk and the centre share these checks."""

from gateway.doctor.checks import Check, Verdict
from gateway.doctor.clock import check_clock
from gateway.doctor.line import Login, check_login, check_network, check_rights, check_tls
from gateway.doctor.report import examine
from gateway.doctor.storage import check_database, check_folder

__all__ = [
    "Check", "Login", "Verdict", "check_clock", "check_database", "check_folder", "check_login", "check_network",
    "check_rights", "check_tls", "examine",
]  # fmt: skip
