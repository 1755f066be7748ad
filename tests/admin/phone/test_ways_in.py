"""What WeChat gave for the customer of an order by phone, whole, however it came out."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from handlers.admin.phone import opening
from handlers.admin.phone.opening import Opening, link_to, openings
from handlers.admin.phone.reminding import _query
from orders.sharing.claims import NewSecrets
from wechat import links
from wechat.api import Picture
from wechat.links import NoLink, UrlLink

AT, UNTIL = 1_795_000_000_000, 1_795_000_900_000
SECRETS = NewSecrets("a-token", "ABCDE-FGHJK", UNTIL)
NO_ANSWER = "没有等到微信的回音，可以再试一次"


def services(*, on: bool = True) -> Any:
    return SimpleNamespace(wechat="wechat", settings=SimpleNamespace(wechat=SimpleNamespace(links=on)))


def answering(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> list[tuple[Any, ...]]:
    """WeChat's answers by the call; an exception is raised, None comes after everybody has given up. What was asked."""
    asked: list[tuple[Any, ...]] = []

    def call(name: str, answer: Any) -> Any:
        async def answered(*given: Any) -> Any:
            asked.append((name, *given))
            if answer is None:
                await asyncio.Event().wait()
            if isinstance(answer, Exception):
                raise answer
            return answer

        return answered

    for name, answer in answers.items():
        monkeypatch.setattr(links, name, call(name, answer))
    monkeypatch.setattr(opening, "PATIENCE_SECONDS", 0.05)
    return asked


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (UrlLink("https://wxaurl.test/1", 77), ("https://wxaurl.test/1", 77, "")),
        (NoLink("明天再试"), ("", 0, "明天再试")),
        (None, ("", 0, NO_ANSWER)),
    ],
)
async def test_a_link_its_end_and_why_there_is_none(
    monkeypatch: pytest.MonkeyPatch, answer: Any, told: tuple[str, int, str]
) -> None:
    asked = answering(monkeypatch, url_link=answer)
    assert await link_to(services(), "pages/x/x", "id=1", UNTIL, AT) == told
    assert asked == [("url_link", "wechat", "pages/x/x", "id=1", UNTIL, AT)]


@pytest.mark.parametrize(
    ("link", "picture", "made", "problems"),
    [
        (
            UrlLink("https://wxaurl.test/1", 77),
            Picture(b"abc", "image/png"),
            Opening("https://wxaurl.test/1", 77, "", "data:image/png;base64,YWJj", ""),
            [],
        ),
        (NoLink("a"), NoLink("b"), Opening("", 0, "a", "", "b"), ["a", "b"]),
        (None, None, Opening("", 0, NO_ANSWER, "", NO_ANSWER), [NO_ANSWER]),
        (
            NoLink("a"),
            Picture(b"abc", "image/jpeg"),
            Opening("", 0, "a", "data:image/jpeg;base64,YWJj", ""),
            ["a"],
        ),
        (UrlLink("https://x.test", 5), NoLink("b"), Opening("https://x.test", 5, "", "", "b"), ["b"]),
    ],
)
async def test_link_and_code_of_a_claim_each_for_itself(
    monkeypatch: pytest.MonkeyPatch, link: Any, picture: Any, made: Opening, problems: list[str]
) -> None:
    asked = answering(monkeypatch, url_link=link, code_picture=picture)
    found = await openings(services(), SECRETS, AT)
    assert found == made
    assert found.problems == problems
    assert sorted(asked) == [
        ("code_picture", "wechat", "pages/claim/claim", "token=a-token"),
        ("url_link", "wechat", "pages/claim/claim", "token=a-token", UNTIL, AT),
    ]
    assert await openings(services(on=False), SECRETS, AT) is None
    assert len(asked) == 2, "where links are off WeChat is not asked"


@pytest.mark.parametrize(
    ("attempts", "query"),
    [
        ([], "id=9"),
        ([("s1", 3)], "id=9"),
        ([("o1", None)], "out_trade_no=o1"),
        ([("o1", None), ("o2", None), ("s1", 3)], "out_trade_no=o2"),
    ],
)
async def test_a_reminder_leads_by_the_last_payment_of_the_order_itself(
    attempts: list[tuple[str, int | None]], query: str
) -> None:
    """A payment of a supplement opens no order in the mini-program."""

    async def of_order(order_id: int) -> list[Any]:
        assert order_id == 9
        return [SimpleNamespace(out_trade_no=number, supplement_id=of) for number, of in attempts]

    reader: Any = SimpleNamespace(attempts=SimpleNamespace(of_order=of_order))
    order: Any = SimpleNamespace(id=9)
    assert await _query(reader, order) == query
