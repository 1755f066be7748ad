"""``main.py import-legacy`` as an operator runs it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.core.test_commands import Run, run
from tests.legacy.older_system import OlderSystem
from tests.mariadb import MariaDB

__all__ = ["run"]


@pytest.fixture
def older(mariadb: MariaDB, worker: str) -> OlderSystem:
    return OlderSystem(mariadb, f"older_{worker}")


def arguments(older: OlderSystem, *more: str) -> list[str]:
    address = older.address
    where = {
        "--host": address.host,
        "--port": str(address.port),
        "--name": address.name,
        "--user": address.user,
    }
    named = [text for option in where.items() for text in option]
    return ["import-legacy", *named, "--password-stdin", *more]


def test_the_report_is_printed_and_the_exit_code_says_whether_every_row_fitted(
    run: Run, older: OlderSystem
) -> None:
    older.user(1)
    older.patient(11, 1)
    older.paid_order(101, 1, 11, date(2026, 11, 5), 19800)
    given = older.address.password + "\n"
    code, output, _ = run(*arguments(older, "--dry-run"), given=given)
    assert code == 0
    assert "dry run" in output
    assert "19800" not in run("ledger")[1]
    code, output, _ = run(*arguments(older), given=given)
    assert code == 0
    assert "app_log: 1 = 导入 imported 1 +" in output
    assert "received: ￥198.00 = 入账 in the ledger ￥198.00" in output
    code, ledger, _ = run("ledger")
    assert (code, "198.00" in ledger) == (0, True)

    older.user(2, wx_openid="")
    code, output, _ = run(*arguments(older), given=given)
    assert (code, "app_user: 2 = " in output) == (1, True)


def test_a_wrong_password_is_told_in_one_line_and_not_repeated(run: Run, older: OlderSystem) -> None:
    code, _, errors = run(*arguments(older), given="not-the-password\n")
    assert (code, errors.count("\n")) == (1, 1)
    assert "not-the-password" not in errors
