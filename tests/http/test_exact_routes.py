"""A path that is a route by itself is answered by the handler that Tornado's rules give it."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application

from handlers.admin import routes as admin_routes
from handlers.route_paths import exact_routes, path_of
from handlers.routes import all_routes
from tests.http.product import Product


class NotConnected:
    """What a request needs of its connection while it is routed."""

    context = None


def found(application: Application, find: Any, path: str) -> Any:
    line = RequestStartLine("GET", path, "HTTP/1.1")
    request = HTTPServerRequest(
        start_line=line,
        headers=HTTPHeaders({"Host": "here"}),
        connection=cast(HTTPConnection, NotConnected()),
    )
    delegate = find(application, request)
    return delegate.handler_class, delegate.handler_kwargs, delegate.path_args, delegate.path_kwargs


def _ours(application: Any, request: HTTPServerRequest) -> Any:
    return application._handler_of(request)


def test_every_path_has_the_handler_of_tornado_s_rules(product: Product) -> None:
    paths = [path_of(route[0])[0] for route in all_routes()]
    tried = [*paths, *(path.rstrip("/") for path in paths), *(path + "x" for path in paths), "/", "//", ""]
    for path in (each.replace("{id}", "7").replace("{name}", "x") for each in tried):
        assert found(product.application, _ours, path) == found(
            product.application, Application.find_handler, path
        ), path


def test_most_routes_are_exact() -> None:
    exact = exact_routes(all_routes())
    assert "/user/add1friend/" in exact
    assert sum(route in exact.values() for route in admin_routes) > len(admin_routes) / 3


@pytest.mark.parametrize("path", ["/a/b/", "/a.b/"])
def test_a_route_behind_one_that_matches_it_as_well_is_left_to_tornado(path: str) -> None:
    wide, exact = (r"/a([a-z./]+)", "wide"), (path.replace(".", r"\."), "exact")
    assert exact_routes([wide, exact]) == {}
    assert exact_routes([exact, wide]) == {path: exact}
    assert exact_routes([exact, (exact[0], "later")]) == {path: exact}


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (r"/a/?", "/a"),
        (r"/a/b*", "/a/"),
        (r"/a|/b", "/b"),
        (r"/a/b{0,1}", "/a/"),
        (r"/\w", "/w"),
        (r"/a\d", "/ad"),
    ],
)
def test_a_pattern_that_looks_like_a_path_is_none(pattern: str, path: str) -> None:
    assert exact_routes([(pattern, "wide")]) == {}
    before = (re.match(f"{pattern}$", path)) is not None
    assert exact_routes([(pattern, "wide"), (path, "exact")]) == ({} if before else {path: (path, "exact")})


@pytest.mark.parametrize(
    ("pattern", "path", "kinds"),
    [
        (r"/user/([0-9]{1,18})/", "/user/{id}/", ["integer"]),
        (r"/openapi\.json", "/openapi.json", []),
        (r"/a/([0-9]{1,18})/b/([0-9]+)/", "/a/{id}/b/{id2}/", ["integer", "integer"]),
        (r"/a/(approve|reject)/([0-9]+)/", "/a/{name}/{id2}/", ["string", "integer"]),
        (r"/p/([0-9a-z]{32}\.webp)", "/p/{name}", ["string"]),
    ],
)
def test_a_group_of_a_pattern_is_a_number_or_a_name(pattern: str, path: str, kinds: list[str]) -> None:
    found, parameters = path_of(pattern)
    assert (found, [each["schema"]["type"] for each in parameters]) == (path, kinds)
    number = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
    for each in parameters:
        assert each["schema"] == (number if each["schema"]["type"] == "integer" else {"type": "string"})
        assert (each["in"], each["required"]) == ("path", True)
