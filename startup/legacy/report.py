"""What became of every row of the older system. Holds numbers of rows and reasons, never names or phones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from money import exact_yuan

MAX_REMARKS_PER_REASON = 20


class Outcome(StrEnum):
    """Each row has exactly one."""

    IMPORTED = "导入 imported"
    ALREADY_THERE = "已在库中 already there"
    CASE = "转为异常待查 kept as a case"
    LEFT_OUT = "未导入 left out"


TABLES = ("app_user", "app_friend", "app_runner", "app_log", "app_money", "app_hospital", "app_service")


@dataclass
class ImportReport:
    """Counts and remarks of one import, or of one dry run."""

    dry_run: bool = False
    sessions: int = 0
    """Old warrants that go on working."""
    received_fen: int = 0
    """The sum of all payments of the older system that were confirmed by WeChat."""
    booked_fen: int = 0
    """What of it stands in the ledger now."""
    case_fen: int = 0
    """What of it belongs to no order and is a case."""
    _outcomes: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    _remarks: dict[str, list[str]] = field(default_factory=dict)

    def count(self, table: str, outcome: Outcome) -> None:
        self._outcomes[table, outcome] += 1

    def remark(self, table: str, row_id: int, reason: str) -> None:
        """Something that a person should know about a row."""
        self._remarks.setdefault(f"{table}: {reason}", []).append(str(row_id))

    def leave_out(self, table: str, row_id: int, reason: str) -> None:
        self.count(table, Outcome.LEFT_OUT)
        self.remark(table, row_id, reason)

    def merge(self, other: ImportReport) -> None:
        """Add what another part of the same import has counted."""
        self.sessions += other.sessions
        self.received_fen += other.received_fen
        self.booked_fen += other.booked_fen
        self.case_fen += other.case_fen
        self._outcomes.update(other._outcomes)
        for reason, ids in other._remarks.items():
            self._remarks.setdefault(reason, []).extend(ids)

    def counts(self, table: str) -> dict[str, int]:
        """How many rows of a table had each outcome, for the audit log."""
        return {outcome.name.lower(): self.number(table, outcome) for outcome in Outcome}

    def total(self, table: str) -> int:
        return sum(number for (name, _), number in self._outcomes.items() if name == table)

    def number(self, table: str, outcome: Outcome) -> int:
        return self._outcomes[table, outcome]

    @property
    def left_out(self) -> int:
        return sum(self.number(table, Outcome.LEFT_OUT) for table in TABLES)

    def lines(self) -> list[str]:
        """The report as it is printed."""
        lines = [
            "试运行，什么都没有写入 / dry run: nothing was written" if self.dry_run else "导入结果 / result"
        ]
        for table in TABLES:
            counted = [f"{outcome} {self.number(table, outcome)}" for outcome in Outcome]
            lines.append(f"  {table}: {self.total(table)} = " + " + ".join(counted))
        lines += [
            f"  继续有效的登录 sessions that go on: {self.sessions}",
            f"  旧系统收款 received: ￥{exact_yuan(self.received_fen)}"
            f" = 入账 in the ledger ￥{exact_yuan(self.booked_fen)}"
            f" + 异常待查 as cases ￥{exact_yuan(self.case_fen)}",
        ]
        for reason, ids in sorted(self._remarks.items()):
            shown = ", ".join(ids[:MAX_REMARKS_PER_REASON])
            more = f" … ({len(ids)})" if len(ids) > MAX_REMARKS_PER_REASON else ""
            lines.append(f"  ! {reason}: {shown}{more}")
        return lines
