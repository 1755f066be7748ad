"""Addresses as they are counted and logged, the memory of the rate limits, and the counters of wrong passwords."""

from __future__ import annotations

import pytest

from accounts import limits, lockouts
from accounts.administrators import create_administrator
from accounts.limits import RateLimiter, masked_address, parse_address, rate_limit_network
from accounts.lockouts import FIRST_WAIT, LOCK_AFTER, LOCK_FOR, SLOW_AFTER
from clock import DAY, MINUTE
from storage import Storage
from storage.models import Role
from storage.writes import AdministratorChange

AT = 50 * DAY


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("2001:db8:1:ffff::1", "2001:db8:1::"),
        ("::1", "::"),
        ("", "-"),
        ("a name", "-"),
    ],
)
def test_a_masked_address_has_lost_its_last_part(address: str, masked: str) -> None:
    assert masked_address(address) == masked


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (' "203.0.113.9:51234" ', "203.0.113.9"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:port", None),
        ("203.0.113.9:123456", None),
        ("[2001:db8::1", None),
        ("unknown", None),
        ("", None),
    ],
)
def test_an_address_is_read_as_proxies_write_it(written: str, address: str | None) -> None:
    found = parse_address(written)
    assert (str(found) if found else None) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("unix socket", "unix socket"),
    ],
)
def test_one_customer_is_one_network(address: str, network: str) -> None:
    assert rate_limit_network(address) == network


# The memory of the limits


def test_of_very_many_keys_those_of_the_last_minute_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_KEYS", 20)
    now = 0
    limiter = RateLimiter(lambda: now)
    for number in range(19):
        limiter.wait_seconds("login", f"old{number}", 1)
    now = MINUTE
    limiter.wait_seconds("login", "recent", 1)
    limiter.wait_seconds("login", "new", 1)
    assert {key for _, key in limiter._buckets} == {"recent", "new"}
    assert limiter.wait_seconds("login", "recent", 1) > 0, "it is remembered"


def test_when_all_keys_are_recent_the_oldest_tenth_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_KEYS", 20)
    limiter = RateLimiter(lambda: 0)
    for number in range(21):
        limiter.wait_seconds("login", str(number), 1)
    assert [key for _, key in limiter._buckets] == [str(number) for number in range(2, 21)]


def test_a_limit_is_refilled_evenly_and_never_beyond_itself() -> None:
    now = 0
    limiter = RateLimiter(lambda: now)

    def waits(times: int) -> list[int]:
        return [limiter.wait_seconds("pay", "u1", 2) for _ in range(times)]

    assert waits(3) == [0, 0, 30]
    assert limiter.wait_seconds("pay", "u2", 2) == 0, "another key"
    assert limiter.wait_seconds("login", "u1", 2) == 0, "another limit"
    now = 30_000
    assert waits(2) == [0, 30]
    now = 29_000  # the clock was set back
    assert waits(1) == [30]
    now = 10 * MINUTE
    assert waits(3) == [0, 0, 30]
    assert limiter.wait_seconds("pay", "u1", 0) == 0, "no limit"


# Wrong passwords


async def admin(storage: Storage) -> int:
    await create_administrator(storage, "owner", "a long Passphrase 1", Role.OWNER, 1)
    async with storage.reading() as reader:
        found = await reader.administrators.by_name("owner")
    assert found is not None
    return found.id


@pytest.mark.promise(20)
async def test_nobody_confirms_who_is_disabled_or_not_there(storage: Storage) -> None:
    admin_id = await admin(storage)
    assert (await lockouts.begin_confirmation(storage, admin_id, AT)).admin is not None
    await storage.run(lambda tx: tx.administrators.change(admin_id, AdministratorChange(disabled_at=AT)))
    for unusable in (admin_id, 999):
        refused = await lockouts.begin_confirmation(storage, unusable, AT)
        assert (refused.admin, refused.locked) == (None, False)


@pytest.mark.promise(20)
async def test_the_eighth_confirmation_in_a_row_locks_and_a_quarter_of_an_hour_later_it_begins_anew(
    storage: Storage,
) -> None:
    admin_id = await admin(storage)
    tries = [await lockouts.begin_confirmation(storage, admin_id, AT) for _ in range(LOCK_AFTER + 1)]
    assert [each.admin is not None for each in tries] == [True] * LOCK_AFTER + [False]
    assert [each.locks for each in tries] == [False] * (LOCK_AFTER - 1) + [True, False]
    assert [each.locked for each in tries] == [False] * LOCK_AFTER + [True]
    assert (await lockouts.begin_confirmation(storage, admin_id, AT + LOCK_FOR - 1)).locked
    again = await lockouts.begin_confirmation(storage, admin_id, AT + LOCK_FOR)
    assert (again.admin is not None, again.locks) == (True, False)


@pytest.mark.promise(20)
async def test_after_a_day_a_failure_is_forgotten_and_not_before(storage: Storage) -> None:
    admin_id = await admin(storage)
    for _ in range(LOCK_AFTER - 1):
        await lockouts.begin_confirmation(storage, admin_id, AT)
    assert (await lockouts.begin_confirmation(storage, admin_id, AT + DAY - 1)).locks
    other = await lockouts.begin_confirmation(storage, admin_id, AT + 3 * DAY)
    assert not other.locks


@pytest.mark.promise(20)
@pytest.mark.parametrize(
    ("failures", "wait"),
    [
        (SLOW_AFTER - 1, 0),
        (SLOW_AFTER, FIRST_WAIT),
        (SLOW_AFTER + 1, 2 * FIRST_WAIT),
        (SLOW_AFTER + 5, 32 * FIRST_WAIT),
        (SLOW_AFTER + 6, LOCK_FOR),
        (SLOW_AFTER + 1_000_000, LOCK_FOR),
    ],
)
def test_the_wait_of_a_whole_account_doubles_up_to_a_quarter_of_an_hour(failures: int, wait: int) -> None:
    assert lockouts._wait_for_account(failures) == wait
