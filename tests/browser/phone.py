"""A phone: one browser context in which one person uses the mini-program, and short words for what they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.browser.gate import Gate
from tests.page_errors import PageErrors

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Request, Response

WIDTH, HEIGHT = 375, 812
PATIENCE_MS = 20_000
"""Longer than the mini-program itself waits for an answer: what it says then is waited for, too."""
ASSETS = re.compile(r"/(sandbox/client|static)/")
STATE = """() => {
  const part = __mp.page?.selectComponent?.('#part')
  return (part ?? __mp.page)?.data.state
}"""

STORY = """() => [
  `${__mp.path}, ${__mp.pending} requests under way`,
  ...__mp.requests.slice(-8).map(({method, path, status, ms}) => `${method} ${path.split('?')[0]} ${status} ${ms} ms`),
  ...__mp.calls.slice(-8).map(({api}) => `wx.${api}`),
  document.body.innerText,
].join('\\n')"""


def new_page(browser: Browser) -> Page:
    """A page as large as a phone, with a touch screen, a memory and a cache of its own."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        has_touch=True,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


class Phone:
    """``root``: the server's address, ending in a slash. ``person``: who holds the phone."""

    def __init__(self, page: Page, root: str, person: str) -> None:
        self.page = page
        self.root = root
        self.person = person
        self.errors = PageErrors(page.context)
        self.failures: list[str] = []
        """Assets that did not come."""
        self.spoiled = False
        """Whether the page is of no use to anybody else, because its clock was moved."""
        self._forgiven: list[str] = []
        self._opened = 0
        page.on("response", self._on_response)
        page.on("requestfailed", self._on_request_failed)

    # What went wrong behind the screen

    def _on_response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            return  # 503 while the client is built again after a change of the source; the page comes by itself
        if response.status >= 400 and ASSETS.search(urlsplit(response.url).path):
            self.failures.append(f"{response.status} {response.url}")

    def _on_request_failed(self, request: Request) -> None:
        # A picture of a page that was left is given up by the browser itself.
        aborted = "ERR_ABORTED" in (request.failure or "")
        if not aborted and ASSETS.search(urlsplit(request.url).path):
            self.failures.append(f"{request.failure} {request.url}")

    def forgive(self, asset: str) -> None:
        """An asset of this name may fail, now or later."""
        self._forgiven.append(asset)

    def check(self) -> None:
        """No JavaScript error, no unhandled rejection, no asset that failed, in whatever was opened so far."""
        self.page.evaluate("0")  # what happened before this is told before it is answered
        assets = [one for one in self.failures if not any(name in one for name in self._forgiven)]
        problems = [*self.errors.texts, *(f"asset: {one}" for one in assets)]
        assert not problems, "\n".join(problems)

    def put_away(self) -> None:
        """The next test that gets the page finds no trace of this person. A page for each test would cost five
        times as much as all that the tests do in it."""
        page = self.page
        self.errors.end()
        page.remove_listener("response", self._on_response)
        page.remove_listener("requestfailed", self._on_request_failed)
        if self.spoiled:
            page.context.close()
            return
        page.goto("about:blank")  # a program that still runs would go on writing
        session = page.context.new_cdp_session(page)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.root))
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"})
        session.detach()
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})

    # Going about

    def address(self, path: str = "", pay: str = "ask") -> str:
        self._opened += (
            1  # another address each time: else only the part behind # would change, and nothing load
        )
        return f"{self.root}sandbox/client/?bare=1&as={self.person}&pay={pay}&visit={self._opened}#{path}"

    def open(self, path: str = "", *, pay: str = "ask") -> Phone:
        """Reopen the mini-program at a page, as from a shared card. ``pay``: what the cashier will do."""
        self.page.goto(self.address(path, pay))
        self.page.wait_for_function("window.__mp?.ready")
        return self

    def go(self, url: str) -> None:
        """Open a further page on top of the present one."""
        self.page.evaluate("url => new Promise((success, fail) => wx.navigateTo({url, success, fail}))", url)

    def back(self) -> None:
        """The arrow in the title bar."""
        self.page.evaluate("() => new Promise((success, fail) => wx.navigateBack({success, fail}))")

    @property
    def path(self) -> str:
        return str(self.page.evaluate("__mp.path"))

    @property
    def query(self) -> dict[str, str]:
        return dict(self.page.evaluate("__mp.stack.at(-1).query"))

    def until_path(self, path: str) -> None:
        self.page.wait_for_function("path => __mp.path === path", arg=path)

    def until_state(self, state: str) -> None:
        """Wait until the page on top says that it is loading, content, empty or failed."""
        self.page.wait_for_function(f"state => ({STATE})() === state", arg=state)

    def until_loaded(self) -> None:
        """Wait until the page on top has its content, its pictures, and nothing under way."""
        self.page.wait_for_function(
            f"() => ['content', 'empty'].includes(({STATE})()) && __mp.pending === 0"
            " && [...document.images].every((image) => image.complete || image.loading === 'lazy')"
        )

    def until_still(self) -> None:
        """Wait until sheets have come up, and nothing else that ends by itself is moving, or about to: the components'
        sheets stand still for a frame before they rise, and are marked from then on."""
        self.page.wait_for_function(
            "() => !document.querySelector('[class*=-enter-active], [class*=-leave-active]')"
            " && document.getAnimations().every((one) => one.playState !== 'running'"
            " || one.effect.getComputedTiming().endTime === Infinity)"
        )

    # Seeing and touching

    @property
    def screen(self) -> Locator:
        """The page on top; sheets and dialogs of the system lie outside of it."""
        return self.page.locator("main.mp-view:not([hidden])")

    def text(self, text: str | re.Pattern[str], *, exact: bool = False) -> Locator:
        """What shows this text now; the topmost where it stands several times."""
        return self.page.get_by_text(text, exact=exact).locator("visible=true").last

    def see(self, *texts: str) -> None:
        for text in texts:
            self.text(text).wait_for()

    def not_see(self, *texts: str) -> None:
        """Wait until none of this is on the screen."""
        for text in texts:
            self.page.wait_for_function(
                "text => !document.body.innerText.includes(text)", arg=text, polling=50
            )

    def shows(self, text: str) -> bool:
        """Whether it is on the screen now, without waiting."""
        return text in str(self.page.inner_text("body"))

    def tap(self, text: str | Locator, *, exact: bool = True) -> None:
        """Touch what has this text, as soon as it is there, still and not covered."""
        target = self.text(text, exact=exact) if isinstance(text, str) else text
        target.tap()

    def tap_sheet(self, button: str) -> None:
        """Touch a button (a selector; the first of several) of a sheet of WeChat's own, once the sheet has come up:
        the click that follows a touch would fall beside a button that is still moving."""
        target = self.page.locator(button).first
        target.wait_for()
        self.until_still()
        target.tap()

    def tap_hastily(self, text: str, times: int = 3) -> None:
        """Touch the same spot again and again, whatever is there by then."""
        target = self.text(text, exact=True)
        target.tap(trial=True)
        box = target.bounding_box()
        assert box
        for _ in range(times):
            self.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def field(self, label: str) -> Locator:
        """The text field of this name."""
        return (
            self.screen.locator(f"[aria-label='{label}']").locator("input, textarea").locator("visible=true")
        )

    def write(self, label: str, text: str) -> None:
        self.field(label).fill(text)

    def take_clock(self) -> None:
        """From now on ``pass_time`` moves this phone's clock; what was begun earlier keeps to the real time."""
        if not self.spoiled:
            self.page.clock.install()
            self.spoiled = True

    def pass_time(self, seconds: float) -> None:
        """Let so much time go by, with everything that was to happen in it."""
        self.page.clock.run_for(int(seconds * 1000))

    # The line

    def story(self) -> str:
        """How things stand, for the report of a failure: the screen, what the server was asked, what WeChat was
        asked. Never raises: a page may be gone."""
        try:
            return str(self.page.evaluate(STORY))
        except Exception as error:
            return f"no longer to be asked: {type(error).__name__}"

    def requests(self, path: str, method: str = "") -> list[dict[str, Any]]:
        """What the mini-program has sent to this path since it was opened."""
        listed = self.page.evaluate("__mp.requests.map(({method, path, status}) => ({method, path, status}))")
        return [
            one
            for one in listed
            if one["path"].split("?")[0].endswith("/" + path) and method in ("", one["method"])
        ]

    @contextmanager
    def gate(self, path: str) -> Iterator[Gate]:
        """A hand on the line to this path of the server: let through, hold back, or answer in its place."""
        gate = Gate()
        pattern = re.compile(re.escape(self.root + path) + r"(\?.*)?$")
        self.page.route(pattern, gate.handle)
        try:
            yield gate
        finally:
            gate.open()
            self.page.unroute(pattern, gate.handle)
