"""Limits that every process of one database counts together, and wrong passwords."""

from __future__ import annotations

from clock import HOUR, MINUTE
from storage.errors import Duplicate
from storage.models import FailureKind, PasswordFailures, RateLimit
from storage.repositories.base import Mapped, Repository

_LIMITS = Mapped("rate_limits", RateLimit)
_FAILURES = Mapped("password_failures", PasswordFailures)


class RateLimits(Repository):
    """A token bucket per name and subject, kept as the one moment when it will be full again."""

    async def take(self, name: str, subject: str, at: int, per_minute: int) -> int:
        """Take a token: 0, or, when there is none, after how many ms there will be one."""
        interval = max(MINUTE // per_minute, 1)
        given = {"name": name, "subject": subject, "at": at, "interval": interval}
        if await self._take(given):
            return 0
        row = await self.connection.fetch_one(
            f"{_LIMITS.select} WHERE name = :name AND subject = :subject", {"name": name, "subject": subject}
        )
        found = _LIMITS.one(row)
        if found is not None:
            wait = found.full_at - (at + MINUTE - interval)
            if wait <= 0:  # another process has made the bucket since
                return 0 if await self._take(given) else interval
            return wait
        try:
            await self._insert("rate_limits", {"name": name, "subject": subject, "full_at": at + interval})
        except Duplicate:  # another process was first
            return 0 if await self._take(given) else interval
        return 0

    async def _take(self, given: dict[str, object]) -> int:
        # A bucket that would be full in more than an hour was written by a clock that has been set back since.
        return await self.connection.execute(
            "UPDATE rate_limits SET "
            "full_at = CASE WHEN full_at < :at OR full_at > :absurd THEN :at ELSE full_at END + :interval "
            "WHERE name = :name AND subject = :subject AND (full_at <= :latest OR full_at > :absurd)",
            {
                **given,
                "latest": given["at"] + MINUTE - given["interval"],  # type: ignore[operator]
                "absurd": given["at"] + HOUR,  # type: ignore[operator]
            },
        )

    async def sweep(self, at: int) -> int:
        """Full buckets need no row."""
        return await self.connection.execute("DELETE FROM rate_limits WHERE full_at <= :at", {"at": at})


class Failures(Repository):
    """Wrong passwords in a row."""

    async def get(self, admin_id: int, kind: FailureKind, network: str) -> PasswordFailures | None:
        """Locked until the transaction ends."""
        row = await self.connection.fetch_one(
            f"{_FAILURES.select} WHERE admin_id = :admin_id AND kind = :kind AND network = :network"
            f"{self.connection.lock}",
            {"admin_id": admin_id, "kind": kind, "network": network},
        )
        return _FAILURES.one(row)

    async def put(self, failures: PasswordFailures) -> None:
        """Store what was counted."""
        values = {name: getattr(failures, name) for name in _FAILURES.names}
        if not await self.connection.execute(
            "UPDATE password_failures SET failures = :failures, locked_until = :locked_until, last_at = :last_at "
            "WHERE admin_id = :admin_id AND kind = :kind AND network = :network",
            values,
        ):
            await self._insert("password_failures", values)

    async def forgive(self, admin_id: int, kind: FailureKind | str = "", network: str | None = None) -> int:
        """Forget an account's failures: all of them, those of one kind, or from one network."""
        where, given = "admin_id = :admin_id", dict[str, object](admin_id=admin_id)
        if kind:
            where += " AND kind = :kind"
            given["kind"] = kind
        if network is not None:
            where += " AND network = :network"
            given["network"] = network
        return await self.connection.execute(f"DELETE FROM password_failures WHERE {where}", given)

    async def locked(self, at: int) -> list[PasswordFailures]:
        """Every lock that holds now."""
        rows = await self.connection.fetch_all(
            f"{_FAILURES.select} WHERE locked_until > :at ORDER BY admin_id, kind, network LIMIT 500",
            {"at": at},
        )
        return _FAILURES.all(rows)

    async def sweep(self, before: int) -> int:
        """Delete counts that have not grown since ``before``."""
        return await self.connection.execute(
            "DELETE FROM password_failures WHERE last_at < :before", {"before": before}
        )
