"""Where a page leads: back after an act, on in a list, to what was done; and what of a refused form is kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.admin.page import AdminPage
from handlers.errors import ApiError


class Page(AdminPage):
    """A page without a request, of which only what a test gives it is known."""

    def __init__(self, **known: Any) -> None:
        self.sent_to = ""
        self.__dict__.update(known)

    def root(self) -> str:
        return "../"

    def redirect(self, url: str, *given: Any, **more: Any) -> None:
        self.sent_to = url


@pytest.mark.parametrize(
    ("path", "done", "sent_to"),
    [
        ("orders/7/", "", "../admin/orders/7/"),
        ("orders/7/#ending", "", "../admin/orders/7/#ending"),
        ("orders/7/", "saved", "../admin/orders/7/?done=saved"),
        ("orders/7/#ending", "saved", "../admin/orders/7/?done=saved"),
        ("desk/?from=2026-11-18", "assigned", "../admin/desk/?from=2026-11-18&done=assigned"),
    ],
)
def test_after_an_act_a_sentence_is_named_and_no_place_in_the_page(
    path: str, done: str, sent_to: str
) -> None:
    page = Page()
    page.redirect_done(path, done)
    assert page.sent_to == sent_to


@pytest.mark.parametrize(
    ("done", "found"),
    [
        ("priced-7", 7),
        ("priced-0", 0),
        (f"priced-{'9' * 18}", int("9" * 18)),
        (f"priced-{'9' * 19}", None),
        ("priced-", None),
        ("priced-x", None),
        ("priced-٧", None),
        ("price-7", None),
        ("very-priced-7", None),
        ("priced", None),
        ("", None),
    ],
)
def test_what_was_done_names_a_row(done: str, found: int | None) -> None:
    assert Page(query_fields={"done": done}).done_with("priced") == found
    assert Page(query_fields={}).done_with("priced") is None


@pytest.mark.parametrize(
    ("changes", "query"),
    [
        ({}, "?tab=open&q=a+b"),
        ({"tab": None}, "?q=a+b"),
        ({"tab": ""}, "?q=a+b"),
        ({"after": 7}, "?tab=open&q=a+b&after=7"),
        ({"after": 0}, "?tab=open&q=a+b&after=0"),
        ({"tab": "closed", "q": None}, "?tab=closed"),
        ({"tab": None, "q": None}, "?"),
    ],
)
def test_a_link_in_a_list_keeps_what_is_asked_for_and_not_what_was_done(
    changes: dict[str, Any], query: str
) -> None:
    page = Page(query_fields={"tab": "open", "q": "a b", "done": "saved", "about": "7", "empty": ""})
    assert page.query_with(**changes) == query
    assert page.query_fields["done"] == "saved", "the page's own query stays"


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("0", 0), ("9" * 18, int("9" * 18)), ("9" * 19, None), ("", None), ("-7", None), ("٧", None)],
)
def test_a_number_of_the_query(text: str, number: int | None) -> None:
    assert Page(query_fields={"before": text}).page_number("before") == number
    assert Page(query_fields={}).page_number("before") is None


def test_what_a_person_wrote_is_kept_but_no_secrets_and_no_numbers() -> None:
    page = Page(
        body_fields={
            "reason": "陪诊员迟到",
            "short": "迟到了",
            "four": "迟到很久",
            "blank": "  迟到了  ",
            "ascii": "a long sentence",
            "amount": 5,
            "password": "很长的密码呢",
            "confirm_password": "很长的密码呢",
            "code": "一二三四五六",
            "next": "下一页在哪里",
            "_xsrf": "不是写的字",
        }
    )
    assert page._typed() == ["陪诊员迟到", "迟到很久"]
    assert Page()._typed() == []


@pytest.mark.parametrize(
    ("referer", "base_path", "came_from"),
    [
        ("https://example.com/admin/orders/7/?a=b", "", "orders/7/"),
        ("https://example.com/app/admin/orders/7/", "/app", "orders/7/"),
        ("https://example.com/app/admin/orders/7/", "/other", "orders/"),
        ("https://example.com/admin/", "", ""),
        ("https://example.com/", "", "orders/"),
        ("", "", "orders/"),
    ],
)
def test_a_failure_leads_back_to_the_page_whose_form_was_sent(
    referer: str, base_path: str, came_from: str
) -> None:
    page = Page(
        request=SimpleNamespace(headers={"Referer": referer} if referer else {}),
        services=SimpleNamespace(settings=SimpleNamespace(server=SimpleNamespace(base_path=base_path))),
        back="orders/",
    )
    assert page._came_from() == came_from


@pytest.mark.parametrize(
    ("status", "json", "shown"),
    [(400, False, True), (409, False, True), (403, False, False), (503, False, False), (409, True, False)],
)
def test_a_form_is_shown_again_for_what_can_be_put_right(status: int, json: bool, shown: bool) -> None:
    headers = {"Content-Type": "application/json" if json else "application/x-www-form-urlencoded"}
    page = Page(request=SimpleNamespace(headers=headers), _status_code=200)
    error = ApiError(status, "slug", "Satz")
    if shown:
        assert page.form_error(error) is error
        assert page.get_status() == status
        return
    with pytest.raises(ApiError) as raised:
        page.form_error(error)
    assert raised.value is error
    assert page.get_status() == 200


def test_what_is_no_answer_to_a_form_is_raised_again() -> None:
    error = RuntimeError("a fault")
    with pytest.raises(RuntimeError) as raised:
        Page().form_error(error)
    assert raised.value is error


@pytest.mark.parametrize(
    ("headers", "fragment"),
    [
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "false"}, True),
        ({"HX-Request": "yes"}, False),
        ({}, False),
    ],
)
def test_a_part_of_a_page_is_what_htmx_asks_for(headers: dict[str, str], fragment: bool) -> None:
    assert Page(request=SimpleNamespace(headers=headers)).fragment is fragment


@pytest.mark.parametrize("given", ["", "  ", None, 7])
def test_nobody_decides_without_the_mark_of_what_was_shown(given: Any) -> None:
    page = Page(body_fields={"fingerprint": given, "other": "x"})
    with pytest.raises(ApiError) as refused:
        page.shown_fingerprint()
    assert (refused.value.status, refused.value.slug) == (400, "fingerprint_missing")
    assert page.shown_fingerprint("other") == "x"
    assert cast(Any, Page(body_fields={"fingerprint": " x "})).shown_fingerprint() == " x "


@pytest.mark.parametrize(
    ("status", "path", "logged_in", "about"),
    [
        (409, "/admin/orders/12/cancel/", True, "orders/12"),
        (409, "/admin/catalog/hospitals/3/", True, "hospitals/3"),
        (409, "/admin/pay/statements/3/", True, ""),
        (409, "/admin/orders/", True, ""),
        (409, "/admin/orders/12/", False, ""),
        (400, "/admin/orders/12/", True, ""),
    ],
)
def test_a_page_that_refuses_because_of_a_change_knows_what_has_changed(
    status: int, path: str, logged_in: bool, about: str
) -> None:
    page = Page(
        request=SimpleNamespace(path=path, query=""),
        services=SimpleNamespace(settings=SimpleNamespace(server=SimpleNamespace(base_path=""))),
        administrator="somebody" if logged_in else None,
        _status_code=status,
    )
    assert page._conflict_about() == about
