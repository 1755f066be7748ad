"""One product with one built client for all tests; phones and persons of each test's own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.clients import Administrator, ApiUser, day, new_name
from tests.browser.escort_work import PLACE, Work
from tests.browser.phone import Phone, new_page
from tests.browser.scenario import Scenario, prepare
from tests.browser.server import serving_with_client
from tests.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


PHONES = pytest.StashKey[list[Phone]]()
"""The phones of a test."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure tells what stood on each phone of the test, and what it had asked the server."""
    report = yield
    if report.when == "call" and report.failed:
        for phone in item.stash.get(PHONES, []):
            report.sections.append((f"the phone of {phone.person}", phone.story()))
    return report


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The running product that all browser tests of this process share."""
    folder = tmp_path_factory.mktemp("browser") / "data"
    with serving_with_client(folder) as served:
        yield served


@pytest.fixture(scope="session")
def office(product: Served) -> Administrator:
    """The administrator."""
    return Administrator(product)


@pytest.fixture(scope="session")
def scenario(product: Served, office: Administrator) -> Iterator[Scenario]:
    """A new user and one with everything, for tests that only look."""
    people = prepare(product.root, office)
    yield people
    people.close()


@pytest.fixture
def persons(product: Served) -> Iterator[Callable[..., ApiUser]]:
    """Makes persons: ``persons()`` is a new one."""
    made: list[ApiUser] = []

    def make(name: str = "", root: str = "") -> ApiUser:
        made.append(ApiUser(root or product.root, name or new_name()))
        return made[-1]

    yield make
    for person in made:
        person.close()


@pytest.fixture
def person(persons: Callable[..., ApiUser]) -> ApiUser:
    """A new user."""
    return persons()


@pytest.fixture(scope="session")
def idle_pages() -> list[Page]:
    """Pages that no test uses now. They end with the browser."""
    return []


@pytest.fixture
def phones(
    request: pytest.FixtureRequest, browser: Browser, product: Served, idle_pages: list[Page]
) -> Iterator[Callable[..., Phone]]:
    """Makes phones: ``phones(person)``. Whatever went wrong in any of them fails the test at its end."""
    made: list[Phone] = []
    request.node.stash[PHONES] = made

    def make(person: ApiUser | str = "", *, root: str = "") -> Phone:
        name = person.name if isinstance(person, ApiUser) else person or new_name()
        page = idle_pages.pop() if idle_pages else new_page(browser)
        made.append(Phone(page, root or product.root, name))
        return made[-1]

    yield make
    try:
        for phone in made:
            phone.check()
    finally:
        for phone in made:
            phone.put_away()
            if not phone.spoiled:
                idle_pages.append(phone.page)


@pytest.fixture
def phone(phones: Callable[..., Phone], person: ApiUser) -> Phone:
    """This test's person's phone."""
    return phones(person)


@pytest.fixture
def work(phones: Callable[..., Phone], persons: Callable[..., ApiUser], office: Administrator) -> Work:
    """An approved escort, and a paid order of tomorrow that nobody was sent to yet."""
    owner, escort = persons(), persons()
    escort_id = office.approve_escort(escort, f"王{escort.name[-6:]}", "13911112222")
    order_id = owner.paid_order(wantTime=day(1), visitTime="08:30", mobility="wheelchair", **PLACE)
    return Work(phones(escort), escort, escort_id, owner, order_id, office)


@pytest.fixture
def desk(browser: Browser, product: Served) -> Iterator[Page]:
    """The office's browser, logged in as the owner of the company."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.on("dialog", lambda question: question.accept())
    page.goto(f"{product.root}admin/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", product.password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/admin/")
    yield page
    context.close()
