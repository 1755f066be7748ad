"""Would a committed payment survive a crash of the database's machine? (Promise 28.)

What each setting does: https://mariadb.com/kb/en/innodb-system-variables/, https://dev.mysql.com/doc/refman/8.4/en/.
"""

from __future__ import annotations

from collections.abc import Mapping


def why_not_durable(found: Mapping[str, str]) -> str:
    """Why a commit could be lost; empty when it could not. ``found``: see ``Storage.durability``."""
    if "synchronous" in found:
        mode = found.get("journal_mode", "wal")
        if mode != "wal" or int(found["synchronous"]) < 2:
            return f"SQLite is not durable: expected journal_mode=wal and synchronous=2, found {dict(found)}"
        return ""
    return _commit_not_flushed(found) or _pages_not_safe(found) or _not_writable(found)


def why_not_certified(found: Mapping[str, str], *, cluster: bool) -> str:
    """Why two nodes of a cluster could both do what only one may; empty when they could not."""
    if _on(found.get("wsrep_on", "OFF")) and not cluster:
        return (
            "expected database.cluster = true, because this server is a node of a Galera cluster, found false"
        )
    return ""


def _commit_not_flushed(found: Mapping[str, str]) -> str:
    """A Galera cluster is held to the same: it may lose its power as a whole."""
    flush = found.get("innodb_flush_log_at_trx_commit", "nothing")
    mariadb = "mariadb" in found.get("version", "").lower()
    if flush not in ("1", "3" if mariadb else "1"):  # 3: flushed at each commit too, the older group commit
        return _expected("innodb_flush_log_at_trx_commit = 1", flush)
    if _on(found.get("log_bin", "OFF")) and found.get("sync_binlog") != "1":
        # After a crash, a commit that the binary log does not hold is rolled back, whatever InnoDB has flushed.
        return _expected("sync_binlog = 1 (log_bin is on)", found.get("sync_binlog", "nothing"))
    if (
        "innodb_support_xa" in found
        and _on(found.get("log_bin", "OFF"))
        and not _on(found["innodb_support_xa"])
    ):
        return _expected("innodb_support_xa = ON (log_bin is on)", found["innodb_support_xa"])
    if not _on(found.get("innodb_redo_log_enabled", "ON")):
        return _expected("InnoDB's redo log to be enabled", "it disabled")
    return ""


def _pages_not_safe(found: Mapping[str, str]) -> str:
    """A page that was half written when the power went must be repairable."""
    doublewrite = found.get("innodb_doublewrite", "ON")
    if not _on(doublewrite) and doublewrite.upper() != "DETECT_AND_RECOVER":
        return _expected("innodb_doublewrite = ON", doublewrite)
    method = found.get("innodb_flush_method", "fsync")
    if method.lower() in ("nosync", "littlesync"):
        return _expected("innodb_flush_method = fsync or O_DIRECT", method)
    return ""


def _not_writable(found: Mapping[str, str]) -> str:
    if found.get("innodb_force_recovery", "0") != "0":
        return f"expected innodb_force_recovery = 0, found {found['innodb_force_recovery']}"
    for name in ("read_only", "innodb_read_only"):
        if found.get(name, "OFF").upper() not in ("OFF", "0"):
            return f"expected a server that can be written to, found {name} = {found[name]} (a replica?)"
    if _on(found.get("log_bin", "OFF")) and found.get("binlog_format", "ROW").upper() == "STATEMENT":
        return "expected binlog_format = ROW or MIXED, found STATEMENT, with which InnoDB refuses our transactions"
    return ""


def _on(value: str) -> bool:
    return value.upper() in ("ON", "1", "YES")


def _expected(what: str, found: str) -> str:
    return f"not durable: expected {what}, found {found}"
