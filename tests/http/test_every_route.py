"""What holds for every route there is: methods, the one shape, the API document, no write without a CSRF token."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from handlers.documents import api_document
from handlers.routes import all_routes
from tests.http.client import check_failure
from tests.http.product import Product
from tests.http.routes import known

WRITES = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.mark.gen_test(timeout=120)
async def test_a_wrong_method_is_405_in_the_one_shape_and_says_which_are_right(product: Product) -> None:
    client = await product.client()
    before = await product.contents()
    for route in known():
        for method in ("GET", *WRITES, "TRACE", "PROPFIND"):
            if method in route.methods:
                continue
            answer = await client.send(method, route.path)
            assert answer.status_code == 405, (method, route.pattern)
            assert answer.headers["allow"] == ", ".join(route.methods), (method, route.pattern)
            if not route.pattern.startswith(("/wechatpay", "/admin")):
                assert check_failure(answer)["error"] == "method_not_allowed"
    assert await product.contents() == before


async def test_an_unknown_route_is_404_in_the_one_shape_whatever_the_method(product: Product) -> None:
    client = await product.client()
    paths = (
        "",
        "x",
        "user",
        "user/",
        "user/me/x",
        "login/x",
        "catalog/hospitals/x/",
        "catalog/hospitals/-1/",
        "catalog/experts/" + "9" * 40 + "/",
        "favicon.ico",
        "static/",
        "../etc/passwd",
        "static/../main.py",
        "%2e%2e/config.toml",
        "a" * 3000,
        "%00",
        "%ff%fe",
        "用户",
        ".git/config",
        "user/me/extra/",
    )
    for path in paths:
        for method in ("GET", "POST", "PUT", "DELETE", "FROBNICATE"):
            answer = await client.send(method, path)
            assert answer.status_code == 404, (method, path)
            assert answer.json()["error"] == "not_found"


async def test_pictures_do_not_climb_out_of_their_folder_nor_stumble_over_names(product: Product) -> None:
    client = await product.client()
    names = (
        "../../main.py",
        "..%2f..%2fmain.py",
        "%2e%2e/%2e%2e/main.py",
        "%252e%252e%252fmain.py",
        "/etc/passwd",
        "%00",
        "a%00.png",
        "x" * 300 + ".png",
        "names.json",
        ".",
        "..",
        "%",
        "%25",
        "%ff",
        "uploads/../../x.png",
        "uploads/",
        "uploads/..",
        "a/" * 200 + "b.png",
        "C:%5cx.png",
        "%2500.png",
    )
    for folder in ("static/pic/", "static/docs/", "static/admin/", "avatars/"):
        for name in names:
            answer = await client.send("GET", folder + name)
            code = 400 if (folder, name) == ("static/pic/", "%ff") else 404  # no text at all
            assert answer.status_code == code, (folder, name)
            assert "import" not in answer.text
    answer = await client.send("GET", "static/docs/" + "a" * 5000)
    assert answer.status_code == 404


def test_every_route_and_method_is_in_the_api_document() -> None:
    paths = json.loads(api_document(all_routes()))["paths"]
    described = {
        (re.sub(r"\{\w+\}", "1", path), method.upper()) for path, item in paths.items() for method in item
    }
    for route in known():
        path = re.sub(r"\((?:[^()]|\([^()]*\))*\)", "1", route.pattern).replace("\\", "")
        for method in route.methods:
            assert method == "HEAD" or (path, method) in described, (method, route.pattern)


def test_every_operation_of_the_api_document_says_what_it_does_and_how_it_fails() -> None:
    document = json.loads(api_document(all_routes()))
    for path, item in document["paths"].items():
        for method, described in item.items():
            where = f"{method} {path}"
            if not path.startswith("/admin/"):
                assert len(described["summary"]) > 10, where
            assert set(described["responses"]) & {"200", "204", "302"}, where
            assert "500" in described["responses"], where
            names = [parameter["name"] for parameter in described["parameters"] if parameter["in"] == "path"]
            assert re.findall(r"\{(\w+)\}", path) == names, where
    for path in ("/user/me/", "/user/create1order/"):
        (described,) = document["paths"][path].values()
        assert described["security"] == [{"warrant": []}, {"warrantHeader": []}]
        assert "401" in described["responses"]


@pytest.mark.promise(21)
async def test_no_write_of_an_administrator_passes_without_a_csrf_token(product: Product) -> None:
    client = await product.client()
    before = await product.contents()
    for route in known():
        if not route.pattern.startswith("/admin/") or "POST" not in route.methods:
            continue
        sent: list[dict[str, Any]] = [
            {"data": {"id": 1}},
            {"json": {"id": 1}},
            {"data": {"_xsrf": "2|0|0|0"}, "cookies": {"_xsrf": "2|1|1|1"}},
            {"json": {}, "headers": {"X-XSRFToken": "x"}},
        ]
        for options in sent:
            cookies = options.pop("cookies", None)
            if cookies:
                options["headers"] = {
                    "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())
                }
            answer = await client.send("POST", route.path, **options)
            assert answer.status_code == 403, (route.pattern, answer.status_code)
    assert await product.contents() == before


async def test_without_a_login_no_page_of_the_administrators_shows_anything(product: Product) -> None:
    user = await product.login("li")
    await product.paid_order(user)
    for route in known():
        if (
            not route.pattern.startswith("/admin/")
            or "GET" not in route.methods
            or route.path == "admin/login/"
        ):
            continue
        for headers in ({}, {"Cookie": "ha_admin=" + "x" * 43}, {"Authorization": f"Bearer {user.warrant}"}):
            answer = await user.send("GET", route.path, headers=headers)
            assert answer.status_code == 302, route.pattern
            assert "李建国" not in answer.text


async def test_every_public_document_is_answered_and_pictures_may_be_kept(product: Product) -> None:
    client = await product.client()
    assert (await client.send("GET", "openapi.json")).json()["openapi"] == "3.1.0"
    docs = await client.send("GET", "docs/")
    assert docs.status_code == 200
    links = re.findall(r'(?:src|href)="((?:\.\./|\./)?[^":]+)"', docs.text)
    assert links
    for name in links:
        assert not name.startswith("/"), "no link may assume that the server sits at /"
        answer = await client.send("GET", str(docs.url.join(name)).removeprefix(product.root))
        assert answer.status_code == 200, name
    for name in ("healthz/", "readyz/"):
        assert (await client.get(name))["status"]
        assert (await client.send("HEAD", name)).status_code == 200
    catalog = await client.get("catalog/")
    assert catalog["banners"], "a walk over nothing finds nothing"
    assert catalog["hospitals"]
    for row in catalog["banners"] + catalog["hospitals"]:
        picture = await client.send("GET", row["picture"])
        assert picture.status_code == 200
        assert picture.headers["content-type"].startswith("image/")
        assert "immutable" in picture.headers["cache-control"]


async def test_the_catalog_is_answered_with_an_etag_and_then_304(product: Product) -> None:
    client = await product.client()
    first = await client.send("GET", "catalog/")
    again = await client.send("GET", "catalog/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    async with product.storage.transaction() as tx:
        await tx.catalog.touch()
        await tx.commit()
    changed = await client.send("GET", "catalog/", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]
