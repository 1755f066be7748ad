"""A page in one of its states, and what leads there: for measuring it, and for taking its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from tests.browser.clients import day
from tests.browser.flows import choose_day, to_step
from tests.browser.gate import Gate
from tests.browser.phone import Phone
from tests.browser.scenario import Scenario, lengthened

Who = Literal["newcomer", "regular", "waiting"]
Act = Callable[[Phone], None]


@dataclass(frozen=True)
class PageCase:
    """``gate``: a path of the server whose line is held by hand, and ``behind``: what the hand does."""

    name: str
    title: str
    path: str
    who: Who = "newcomer"
    acts: tuple[Act, ...] = ()
    gate: str = ""
    behind: Callable[[Gate, Scenario], None] | None = None
    state: str = ""
    """What the page says of itself, when the case is not its content."""

    @contextmanager
    def shown(self, phone: Phone, scenario: Scenario) -> Iterator[Phone]:
        """The case on this phone, still, until the block ends. The phone must be that of ``who``."""
        if not self.gate:
            yield self._play(phone, scenario)
            return
        with phone.gate(self.gate) as gate:
            assert self.behind
            self.behind(gate, scenario)
            yield self._play(phone, scenario)

    def _play(self, phone: Phone, scenario: Scenario) -> Phone:
        path = self.path.format(**scenario.orders)
        phone.open(path if path.startswith("packages/") else f"pages/{path}")
        phone.until_state(self.state) if self.state else phone.until_loaded()
        for act in self.acts:
            act(phone)
        phone.until_still()
        return phone


def tap(text: str) -> Act:
    return lambda phone: phone.tap(text)


def press(selector: str) -> Act:
    """Touch what this selector finds on the page on top."""
    return lambda phone: phone.tap(phone.screen.locator(selector))


def write(label: str, text: str) -> Act:
    return lambda phone: phone.write(label, text)


def see(*texts: str) -> Act:
    return lambda phone: phone.see(*texts)


def step(number: int) -> Act:
    """To a step of the order form."""
    return lambda phone: to_step(phone, number)


def choose(name: str) -> Act:
    """On the order form: 今天, 明天 or 后天, its time left open."""
    return lambda phone: choose_day(phone, name)


def some_full_days() -> dict[str, Any]:
    """A calendar in which two days are full, and the mornings of all others."""
    free, full = {"open": True, "reason": ""}, {"open": False, "reason": "上午已约满"}
    rows = [
        {
            "day": day(number),
            "open": number not in (2, 5),
            "reason": "已约满" if number in (2, 5) else "",
            "halves": {"am": full, "pm": full if number in (2, 5) else free},
        }
        for number in range(62)
    ]
    return {"code": 0, "data": rows}


def long_unconfirmed(phone: Phone) -> None:
    """As it is after half a minute without the server's word: nobody who looks at pictures waits for that."""
    phone.page.evaluate("__mp.page.selectComponent('#part').setData({thanks: true, confirmed: false})")


def held(gate: Gate, scenario: Scenario) -> None:
    gate.hold()


def failing(gate: Gate, scenario: Scenario) -> None:
    gate.fail(503, "unavailable", "服务器忙，请稍后再试")


def answered(body: dict[str, Any]) -> Callable[[Gate, Scenario], None]:
    return lambda gate, scenario: gate.answer(body)


def lengthened_catalog(gate: Gate, scenario: Scenario) -> None:
    gate.answer(lengthened(scenario.newcomer.get("catalog/")))


def lengthened_hospital(gate: Gate, scenario: Scenario) -> None:
    found = scenario.newcomer.get("catalog/hospitals/1/")
    found["hospital"].update(
        name="西安国际医学中心医院（东院区）国际医疗中心",
        type="妇幼保健与儿童专科医院",
        phone="029-8888 8888 转 8001",
    )
    for expert in found["experts"]:
        expert.update(title="主任医师、教授、博士生导师", specialty=expert["specialty"] * 4)
    found["cases"] = [
        {
            "id": 1,
            "title": "陪李女士从外地来看心血管内科的专家门诊",
            "text": "全程陪同，取药后送上高铁。" * 6,
            "service": "全心全程VIP陪诊服务（含接送与取药）",
            "date": "2026-05-06",
        }
    ]
    gate.answer(found)
