"""The client built from the fixture mini-program, a server for it, and a phone: a page that ends without an error."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.client.builder import CLIENT
from sandbox.client.node import Node, find_node, modules_are_current
from tests.client.server import ServerState, serving
from tests.page_errors import PageErrors

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FIXTURE = Path(__file__).parent / "fixture"
FRONT = CLIENT.parents[1] / "Front"
BUILD = CLIENT / "build" / "build.mjs"

Compile = Callable[[Path, Path], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def node() -> Node:
    """Node, with the packages of the client and of the mini-program (whose components the fixture uses) installed."""
    found = find_node()
    assert found is not None, "the browser client needs Node"
    for folder in (CLIENT, FRONT):
        if not modules_are_current(folder):
            subprocess.run(
                [*found.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True
            )
    return found


def evaluate(node: Node, module: str, expression: str) -> object:
    """The value of a JavaScript expression over the exports ``m`` of a module in sandbox/client/."""
    code = f"import * as m from {json.dumps((CLIENT / module).as_uri())}; console.log(JSON.stringify({expression}))"
    done = subprocess.run(
        [*node.node, "--input-type=module", "-e", code],
        capture_output=True,
        text=True,
        cwd=CLIENT,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def compile_program(node: Node) -> Compile:
    """Compiles a mini-program; returns the finished process, whatever its exit code."""

    def run(root: Path, out: Path) -> subprocess.CompletedProcess[str]:
        command = [
            *node.node,
            str(BUILD),
            "--root",
            str(root),
            "--out",
            str(out),
            "--modules",
            str(FRONT / "node_modules"),
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture(scope="session")
def built(compile_program: Compile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture mini-program, compiled."""
    out = tmp_path_factory.mktemp("client") / "out"
    done = compile_program(FIXTURE, out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def _served(built: Path) -> Iterator[tuple[str, ServerState]]:
    server_state = ServerState()
    with serving(built, server_state) as address:
        yield address, server_state


@pytest.fixture
def server_state(_served: tuple[str, ServerState]) -> ServerState:
    _served[1].reset()
    return _served[1]


@pytest.fixture
def address(_served: tuple[str, ServerState], server_state: ServerState) -> str:
    """The client's page."""
    return _served[0]


class Phone:
    """A page in which the mini-program runs, and short words for what is done with it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def open(self, path: str = "", query: str = "bare=1") -> Phone:
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}?{query}#{path}")
        self.page.wait_for_function("window.__mp?.ready")
        return self

    def tap(self, text: str) -> None:
        """Taps the button or row with this text."""
        self.page.locator(
            f"wx-button:visible:has-text('{text}'), #phone button:visible:has-text('{text}')"
        ).last.tap()

    def data(self, key: str) -> Any:
        return self.page.evaluate("key => __mp.data[key]", key)

    def wait_for(self, key: str, value: Any) -> None:
        """Waits until the page on top has this value in its data."""
        self.page.wait_for_function(
            "([key, value]) => JSON.stringify(__mp.data[key]) === JSON.stringify(value)", arg=[key, value]
        )

    def see(self, text: str) -> None:
        self.page.get_by_text(text).locator("visible=true").first.wait_for()

    @property
    def path(self) -> str:
        return str(self.page.evaluate("__mp.path"))

    @property
    def depth(self) -> int:
        return int(self.page.evaluate("__mp.stack.length"))


NewContext = Callable[..., "BrowserContext"]


@pytest.fixture
def errors() -> list[PageErrors]:
    """What watches each browser context of this test. A test that provokes errors empties their texts."""
    return []


@pytest.fixture
def new_context(browser: Browser, errors: list[PageErrors]) -> Iterator[NewContext]:
    """Makes browser contexts, ``new_context(viewport=…)``. A JavaScript error in any of their pages fails the test."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(locale="zh-CN", **options)
        context.set_default_timeout(8000)
        made.append(context)
        errors.append(PageErrors(context))
        return context

    yield make
    for context in made:
        for page in context.pages:
            page.evaluate("0")  # what happened before this is told before it is answered
        context.close()
    assert [text for one in errors for text in one.texts] == []


@pytest.fixture
def phone_context(new_context: NewContext) -> BrowserContext:
    return new_context(viewport={"width": 375, "height": 812}, has_touch=True)


@pytest.fixture
def phone(phone_context: BrowserContext, address: str) -> Phone:
    """A phone with the fixture mini-program."""
    return Phone(phone_context.new_page(), address)
