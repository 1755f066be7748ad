"""Too many of one's requests are refused with the time to wait; a forged X-Forwarded-For does not help."""

from __future__ import annotations

import pytest

from accounts import limits
from accounts.limits import RateLimiter, client_address, rate_limit_network
from clock import MINUTE
from tests.http.client import Client, order_fields
from tests.http.conftest import StartProduct
from tests.http.product import Product


async def logins(product: Product, count: int, forwarded: str = "") -> list[int]:
    """So many logins, one after the other; their statuses."""
    client: Client = await product.client()
    statuses = []
    for number in range(count):
        headers = {"X-Forwarded-For": forwarded.format(number)} if forwarded else {}
        product.logins += 1
        code = f"as:p{number}:{product.logins}"
        answer = await client.send("GET", "login/", params={"code": code}, headers=headers)
        statuses.append(answer.status_code)
    return statuses


@pytest.mark.promise(22)
async def test_logins_are_limited_per_address_and_come_back_with_time(start_product: StartProduct) -> None:
    product = await start_product(limits={"login_per_minute": 3})
    assert await logins(product, 5) == [200, 200, 200, 429, 429]
    product.clock.move(MINUTE)
    assert await logins(product, 4) == [200, 200, 200, 429]


@pytest.mark.promise(22)
async def test_a_forged_address_does_not_help(start_product: StartProduct) -> None:
    product = await start_product(limits={"login_per_minute": 2})
    assert await logins(product, 4, "10.0.0.{}") == [200, 200, 429, 429]


@pytest.mark.promise(22)
async def test_behind_a_trusted_proxy_each_real_address_has_its_own_limit(
    start_product: StartProduct,
) -> None:
    product = await start_product(limits={"login_per_minute": 2}, server={"trusted_proxies": ["127.0.0.1"]})
    assert await logins(product, 5, "203.0.113.{}") == [200] * 5
    assert await logins(product, 4, "10.0.0.{}, 198.51.100.7") == [200, 200, 429, 429]
    assert await logins(product, 4, "10.9.9.{}, 198.51.100.8, 127.0.0.1") == [200, 200, 429, 429]


@pytest.mark.promise(22)
async def test_orders_and_payments_are_limited_per_user(start_product: StartProduct) -> None:
    product = await start_product(limits={"order_per_minute": 4})
    user, other = await product.login("li"), await product.login("wang")
    fields = order_fields(await user.add_patient(), product.day())
    order = await user.post("user/create1order/", **fields)
    for path in ("pay1order", "refund1order", "delete1order"):
        await user.send("POST", f"user/{path}/", data={"id": 999, "reason": "x", "amount": "￥1"})
    for path in ("create1order", "pay1order", "refund1order", "delete1order"):
        body = {**fields, "id": order["id"], "reason": "x", "amount": "￥1"}
        refused = await user.post(f"user/{path}/", 429, **body)
        assert refused["error"] == "too_many_requests"
    second_device = await product.login("li")
    await second_device.post("user/create1order/", 429, **fields)
    await other.order(await other.add_patient(), product.day())


@pytest.mark.promise(22)
async def test_avatars_have_a_limit_of_their_own(start_product: StartProduct) -> None:
    product = await start_product(limits={"avatar_per_minute": 2, "order_per_minute": 1})
    user, other = await product.login("li"), await product.login("wang")
    form = {"files": {"avatar": ("me.png", b"no picture", "image/png")}}
    answers = [await user.send("POST", "user/avatar/", **form) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert (await other.send("POST", "user/avatar/", **form)).status_code == 400
    await user.order(await user.add_patient(), product.day())


@pytest.mark.promise(22)
async def test_the_logins_of_administrators_are_limited_too(start_product: StartProduct) -> None:
    product = await start_product(limits={"admin_login_per_minute": 2})
    client = await product.client()
    await client.send("GET", "admin/login/")
    token = client.http.cookies["_xsrf"]
    statuses = []
    for number in range(3):
        form = {"username": f"nobody{number}", "password": "wrong words", "_xsrf": token}
        answer = await client.send(
            "POST", "admin/login/", data=form, headers={"X-Forwarded-For": f"10.0.0.{number}"}
        )
        statuses.append(answer.status_code)
    assert statuses == [401, 401, 429]


@pytest.mark.promise(22)
@pytest.mark.parametrize(
    ("remote", "forwarded", "trusted", "expected"),
    [
        ("1.1.1.1", "", [], "1.1.1.1"),
        ("1.1.1.1", "2.2.2.2", [], "1.1.1.1"),
        ("9.9.9.9", "2.2.2.2", ["9.9.9.9"], "2.2.2.2"),
        ("9.9.9.9", "3.3.3.3, 2.2.2.2", ["9.9.9.9"], "2.2.2.2"),
        ("9.9.9.9", "3.3.3.3, 2.2.2.2, 9.9.9.9", ["9.9.9.9"], "2.2.2.2"),
        ("9.9.9.9", "", ["9.9.9.9"], "9.9.9.9"),
        ("9.9.9.9", "nonsense", ["9.9.9.9"], "9.9.9.9"),
        ("9.9.9.9", "2.2.2.2, nonsense", ["9.9.9.9"], "9.9.9.9"),
        ("9.9.9.9", "2001:DB8::1", ["9.9.9.9"], "2001:db8::1"),
        ("9.9.9.9", ",,,", ["9.9.9.9"], "9.9.9.9"),
        ("10.1.2.3", "2.2.2.2", ["10.0.0.0/8"], "2.2.2.2"),
        ("11.1.2.3", "2.2.2.2", ["10.0.0.0/8"], "11.1.2.3"),
        ("10.1.2.3", "6.6.6.6, 2.2.2.2, 10.200.0.1", ["10.0.0.0/8"], "2.2.2.2"),
        ("10.1.2.3", "10.9.9.9", ["10.0.0.0/8"], "10.9.9.9"),
        ("9.9.9.9", "203.0.113.9:51234", ["9.9.9.9"], "203.0.113.9"),
        ("9.9.9.9", "[2001:db8::1]:443", ["9.9.9.9"], "2001:db8::1"),
        ("9.9.9.9", "[2001:db8::1]", ["9.9.9.9"], "2001:db8::1"),
        ("9.9.9.9", '"[2001:db8::1]:443"', ["9.9.9.9"], "2001:db8::1"),
        ("9.9.9.9", "1.1.1.1, 203.0.113.9:51234, 9.9.9.9:80", ["9.9.9.9"], "203.0.113.9"),
        ("9.9.9.9", "[203.0.113.9", ["9.9.9.9"], "9.9.9.9"),
        ("9.9.9.9", "203.0.113.9:port", ["9.9.9.9"], "9.9.9.9"),
        ("9.9.9.9", "203.0.113.9:", ["9.9.9.9"], "9.9.9.9"),
        ("9.9.9.9", "2.2.2.2\x00", ["9.9.9.9"], "9.9.9.9"),
        ("9.9.9.9", "unknown, 2.2.2.2", ["9.9.9.9"], "2.2.2.2"),
        ("::ffff:10.1.2.3", "2.2.2.2", ["10.0.0.0/8"], "2.2.2.2"),
        ("10.1.2.3", "::ffff:2.2.2.2", ["10.0.0.0/8"], "2.2.2.2"),
        ("10.1.2.3", "[::ffff:2.2.2.2]:99", ["::ffff:10.0.0.0/104"], "2.2.2.2"),
        ("fd00::5", "2001:db8::7", ["fd00::/8"], "2001:db8::7"),
        ("fe80::1%eth0", "2.2.2.2", ["fe80::/10"], "2.2.2.2"),
        ("2001:db8::1", "2.2.2.2", ["fd00::/8"], "2001:db8::1"),
        ("", "2.2.2.2", ["10.0.0.0/8"], ""),
        ("9.9.9.9", "2.2.2.2".rjust(64), ["9.9.9.9"], "2.2.2.2"),
        ("9.9.9.9", "2.2.2.2".rjust(65), ["9.9.9.9"], "9.9.9.9"),
    ],
)
def test_the_address_of_a_client(remote: str, forwarded: str, trusted: list[str], expected: str) -> None:
    assert client_address(remote, forwarded, trusted) == expected


def test_a_bucket_refills_evenly_and_zero_is_no_limit() -> None:
    now = 0
    limiter = RateLimiter(lambda: now)
    assert [limiter.wait_seconds("a", "k", 2) for _ in range(3)] == [0, 0, 30]
    now += 29_000
    assert limiter.wait_seconds("a", "k", 2) == 1
    now += 1_000
    assert limiter.wait_seconds("a", "k", 2) == 0
    assert limiter.wait_seconds("a", "other", 2) == 0
    assert limiter.wait_seconds("b", "k", 2) == 0
    assert [limiter.wait_seconds("c", "k", 0) for _ in range(100)] == [0] * 100
    now -= 3_600_000  # a clock that goes back gives nothing and breaks nothing
    assert limiter.wait_seconds("a", "k", 2) > 0


@pytest.mark.promise(22)
async def test_one_customers_many_ipv6_addresses_count_as_one(start_product: StartProduct) -> None:
    product = await start_product(limits={"login_per_minute": 2}, server={"trusted_proxies": ["127.0.0.1"]})
    assert await logins(product, 4, "2001:db8:1:2::{}") == [200, 200, 429, 429]
    assert await logins(product, 2, "2001:db8:1:3::{}") == [200, 200]


@pytest.mark.promise(22)
@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("unix", "unix"),
        ("203.0.113.7:80", "203.0.113.7"),
    ],
)
def test_what_is_counted_in_place_of_an_address(address: str, counted: str) -> None:
    assert rate_limit_network(address) == counted


def test_no_header_of_a_client_is_kept_in_memory() -> None:
    """A header may have 64 KB, and each may be another."""
    caches = (limits._plain_address, limits.parse_address, limits._networks)
    limits.client_address("192.0.2.1", "", ())
    limits.client_address("192.0.2.1", "x, 203.0.113.9", ("192.0.2.0/24",))
    limits.client_address("192.0.2.1", "x, 192.0.2.9", ("192.0.2.0/24",))
    before = [cache.cache_info().currsize for cache in caches]
    for number in range(20):
        assert limits.client_address("192.0.2.1", f"203.0.113.{number}", ()) == "192.0.2.1"
        forged = f"{number}{'x' * 1000}, 203.0.113.9"
        assert limits.client_address("192.0.2.1", forged, ("192.0.2.0/24",)) == "203.0.113.9"
        forged = f"{number}{'x' * 1000}, 192.0.2.9"  # from a client within the networks of the proxies
        assert limits.client_address("192.0.2.1", forged, ("192.0.2.0/24",)) == "192.0.2.9"
    assert [cache.cache_info().currsize for cache in caches] == before
