"""A server has in memory what it needs from day to day, and nothing that only a command or a rare act needs."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from bench.processes import Site
from config import ROOT, DatabaseSettings
from tests.served import environment, write_config

NOT_IN_A_SERVER = {
    "PIL": "pictures are decoded by a process of its own",
    "openpyxl": "a table is written when somebody asks for it",
    "sqlalchemy": "migrations",
    "alembic": "migrations",
    "mako": "migrations",
    "requests": "wechatpayv3 without asyncio",
    "httpcore": "the first request to WeChat",
    "cryptography.x509": "certificates, which a server behind a proxy has none of",
    "wechatpayv3": "the first call of WeChat Pay",
    "phonenumbers": "the first number that is no Chinese mobile's",
    "apispec": "the API document is made when it is asked for",
    "sandbox": "WeChat's stand-in",
    "startup.demo": "a command",
    "startup.live": "a command",
    "startup.legacy": "a command",
    "startup.backup.command": "a command",
    "unittest": "tests",
    "pytest": "tests",
    "tests": "tests",
    "bench": "measurements",
}
NOT_IN_A_PARENT = (
    "storage",
    "handlers",
    "payment",
    "prometheus_client",
    "cryptography",
    "httpx",
    "tornado.web",
)
OF_THE_OTHER_ENGINE = {
    "sqlite": ("pymysql", "aiomysql", "storage.mysql"),
    "mysql": ("_sqlite3", "sqlite3", "aiosqlite", "storage.sqlite"),
}


def in_the_environment(found: DatabaseSettings) -> dict[str, str]:
    names = ("engine", "host", "port", "name", "user", "password", "path")
    return {f"HA_DATABASE_{name.upper()}": str(getattr(found, name)) for name in names}


def imported(log: str) -> set[str]:
    """The modules that Python has told of (``-X importtime``)."""
    return set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", log, re.MULTILINE))


async def modules_of_a_server(folder: Path, database: DatabaseSettings) -> set[str]:
    """Of one that has started on an existing database, without the stand-in, and answered."""
    site = Site(folder, in_the_environment(database))
    site.server.environment["PYTHONPROFILEIMPORTTIME"] = "1"
    try:
        site.server.start()
        await site.server.ready()
        assert await site.server.stop() == 0
    finally:
        site.kill()
    return imported(site.server.log.read_text("utf-8"))


async def test_a_started_server_has_imported_nothing_that_it_does_not_need(
    engine: str, database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    found = await modules_of_a_server(tmp_path / "data", database_settings)
    assert {"tornado.web", "handlers.routes", "handlers.admin"} <= found, "the list is not a server's"
    without = (*NOT_IN_A_SERVER, *OF_THE_OTHER_ENGINE[engine])
    assert (
        sorted(name for name in found if f"{name}.".startswith(tuple(f"{each}." for each in without))) == []
    )


@pytest.mark.parametrize("name", NOT_IN_A_SERVER)
def test_what_a_server_does_not_import_is_spelt_as_it_is_called(name: str) -> None:
    """A name that nothing has would be missing from every list."""
    from importlib.util import find_spec

    assert find_spec(name) is not None


def test_the_parent_of_several_processes_imports_nothing_that_only_serving_needs(tmp_path: Path) -> None:
    """It is asked where it would start its workers: they write to the same output."""
    program = (
        "import sys, main, startup.processes as processes\n"
        "async def run(self): print('modules', *sys.modules); return 0\n"
        "processes.Processes.run = run\n"
        "sys.exit(main.main(sys.argv[1:]))"
    )
    config = tmp_path / "config.toml"
    write_config(config, "[sandbox]\nenabled = false\n")
    given = [
        "--data",
        str(tmp_path / "data"),
        "--config",
        str(config),
        "serve",
        "--port",
        "0",
        "--processes",
        "2",
    ]
    ended = subprocess.run(
        [sys.executable, "-c", program, *given],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    found = set(ended.stdout.rpartition("modules ")[2].split())
    assert {"config", "asyncio", "startup.processes"} <= found, ended.stdout
    assert found.isdisjoint({*NOT_IN_A_PARENT, *NOT_IN_A_SERVER})


def test_what_is_imported_is_looked_through_by_no_collection_of_garbage_and_all_later_objects_are(
    tmp_path: Path,
) -> None:
    program = (
        "import gc, sys, main, startup.command_table as table\n"
        "async def run(*_): print(gc.isenabled(), gc.get_freeze_count(), len(gc.get_objects())); return 0\n"
        "table.run = run\n"
        "sys.exit(main.main(sys.argv[1:]))"
    )
    write_config(tmp_path / "config.toml", "")
    given = ["--data", str(tmp_path / "data"), "--config", str(tmp_path / "config.toml"), "serve"]
    ended = subprocess.run(
        [sys.executable, "-c", program, *given],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    enabled, frozen, others = ended.stdout.split()[-3:]
    assert enabled == "True"
    assert int(frozen) > 50_000 > int(others)


def test_an_installation_compiles_the_modules_of_the_server() -> None:
    assert "tools/compile" in (ROOT / "tools" / "install").read_text("utf-8").splitlines()
    names = ("transport.py", "handlers/admin/paging.py", "storage/mysql.py", "startup/command_table.py")
    compiled = [Path(cache_from_source(str(ROOT / name))) for name in names]
    for file in compiled:
        file.unlink(missing_ok=True)
    subprocess.run([ROOT / "tools" / "compile"], check=True)
    assert [file.name for file in compiled if not file.exists()] == []
