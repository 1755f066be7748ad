"""What every test may use: an event loop, a private MariaDB, a storage on either engine, a browser.

Asynchronous tests are plain ``async def test_…`` functions; pytest-tornado runs them on ``io_loop``.
Fixtures cannot be asynchronous: they use ``io_loop.run_sync``.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tornado.ioloop import IOLoop

from tests.browser_process import chromium, playwright_set_aside, uses_browser
from tests.mariadb import MariaDB, SharedMariaDB

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from config import DatabaseSettings
    from storage import Storage
    from tests.databases import MySQLTemplate, SQLiteTemplate

pytest_plugins = ["tests.promises", "tests.lanes", "tests.time_of_day"]

# httpx and others would send even loopback requests through a proxy that the machine names.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        asynchronous = inspect.iscoroutinefunction(getattr(item, "obj", None))
        if asynchronous and not item.get_closest_marker("gen_test"):
            item.add_marker(pytest.mark.gen_test)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test without a browser runs as if none had ever been started: with several workers it may come later."""
    with nullcontext() if uses_browser(item) else playwright_set_aside():
        return (yield)


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """An event loop for one test. Replaces pytest-tornado's, which relies on what Tornado 6.5 deprecated."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield IOLoop(asyncio_loop=loop, make_current=False)
        _finish(loop)
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what a test has left running, and let generators and threads end."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())


# ---------------------------------------------------------------- databases


def _shared_mariadb(config: pytest.Config) -> MariaDB:
    """The one server of this run, started when first asked for, ended with the run."""
    server: MariaDB | None = getattr(config, "private_mariadb", None)
    if server is None:
        server = MariaDB()
        server.start()
        config.private_mariadb = server  # type: ignore[attr-defined]
        config.add_cleanup(server.stop)
    return server


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """With pytest-xdist: the workers share the server of the process that started them."""
    server = _shared_mariadb(node.config)
    node.workerinput["mariadb"] = (server.port, server.password)


@pytest.fixture(scope="session")
def mariadb(request: pytest.FixtureRequest) -> MariaDB:
    """The private MariaDB of this run. Without MariaDB installed this fails; it never skips."""
    shared = getattr(request.config, "workerinput", {}).get("mariadb")
    return SharedMariaDB(*shared) if shared else _shared_mariadb(request.config)


@pytest.fixture(scope="session")
def worker() -> str:
    """A name for this process among those of a parallel run, to keep names of databases apart."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SQLiteTemplate:
    from tests.databases import SQLiteTemplate

    return SQLiteTemplate(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def mysql_template(mariadb: MariaDB, worker: str) -> MySQLTemplate:
    from tests.databases import MySQLTemplate

    return MySQLTemplate(mariadb, f"template_{worker}")


@pytest.fixture(params=["sqlite", "mysql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Runs the test once on each engine."""
    return request.param


@pytest.fixture
def database_settings(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> DatabaseSettings:
    """The settings of a migrated, empty database, this test's own."""
    if engine == "mysql":
        return request.getfixturevalue("mysql_template").settings()
    return request.getfixturevalue("sqlite_template").settings(tmp_path)


@pytest.fixture
def empty(engine: str, tmp_path: Path, request: pytest.FixtureRequest, worker: str) -> DatabaseSettings:
    """The settings of a database without a single table."""
    from config import DatabaseSettings

    if engine == "sqlite":
        return DatabaseSettings(engine="sqlite", path=str(tmp_path / "hospital.sqlite3"))
    server = request.getfixturevalue("mariadb")
    return DatabaseSettings(
        engine="mysql",
        host=server.host,
        port=server.port,
        name=server.fresh_database(f"empty_{worker}"),
        user=server.user,
        password=server.password,
    )


@pytest.fixture
def storage(database_settings: DatabaseSettings, io_loop: IOLoop) -> Iterator[Storage]:
    """An open storage on a migrated, empty database."""
    from storage import open_storage

    opened = open_storage(database_settings)
    io_loop.run_sync(opened.open)
    yield opened
    io_loop.run_sync(opened.close)


# ---------------------------------------------------------------- browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, for Playwright's synchronous API. Tests that use it are synchronous, and run last.

    A page and ``io_loop`` cannot be used in the same test: the server that a page talks to runs in a
    process or a thread of its own.
    """
    with chromium() as running:
        yield running
