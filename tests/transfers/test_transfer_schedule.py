"""When WeChat is asked again about a transfer, and from when on a human must look at it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, SECOND
from payment.transfers.schedule import is_stuck, next_query_at, retry_delay, stuck_from
from payment.transfers.service import can_be_received, waits_for_escort
from storage.models import PayTransfer, TransferState

AT = 1_767_225_600_000
TRANSFER = PayTransfer(
    id=1, statement_id=1, live_statement_id=1, escort_id=1, out_bill_no="T1", state=TransferState.CREATED,
    amount_fen=8_000, appid="wx1", mchid="1", openid="o1", request="{}", key_serial="", wechat_bill_no="",
    package_sealed="sealed", fail_reason="", started_by=1, cancel_by=None, cancel_at=None, decided_by=None,
    decided_note="", sent_at=None, unanswered_at=None, accepted_at=None, expires_at=None, finished_at=None,
    query_count=0, next_query_at=AT,
    claimed_until=0, last_error="", created_at=AT, updated_at=AT,
)  # fmt: skip
BEFORE: dict[str, Any] = {"accepted_at": AT + MINUTE, "cancel_at": AT + 2 * MINUTE, "expires_at": AT + DAY}


@pytest.mark.parametrize(
    ("state", "from_at"),
    [
        (TransferState.CREATED, AT + HOUR),
        (TransferState.ACCEPTED, AT + MINUTE + HOUR),
        (TransferState.PROCESSING, AT + MINUTE + HOUR),
        (TransferState.CANCELLING, AT + 2 * MINUTE + HOUR),
        (TransferState.WAITING, AT + DAY + 3 * HOUR),
        (TransferState.TRANSFERRING, AT + DAY + 3 * HOUR),
        (TransferState.SUCCEEDED, None),
        (TransferState.FAILED, None),
        (TransferState.CANCELLED, None),
    ],
)
def test_a_transfer_is_stuck_an_hour_after_its_state_began_and_three_after_its_day(
    state: TransferState, from_at: int | None
) -> None:
    transfer = replace(TRANSFER, state=state, **BEFORE)
    assert stuck_from(transfer) == from_at
    if from_at is None:
        assert not is_stuck(transfer, AT + 30 * DAY)
    else:
        assert [is_stuck(transfer, at) for at in (from_at - 1, from_at)] == [False, True]
    unknown = stuck_from(replace(TRANSFER, state=state))
    assert unknown == (from_at if state == TransferState.CREATED else None), "its beginning is not known"


def test_after_a_failure_the_pause_doubles_from_fifteen_seconds_to_an_hour() -> None:
    seconds = [retry_delay(tries) // SECOND for tries in range(10)]
    assert seconds == [15, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]
    assert retry_delay(10_000) == HOUR


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (0, 15 * SECOND),
        (5 * MINUTE - 1, 15 * SECOND),
        (5 * MINUTE, MINUTE),
        (HOUR - 1, MINUTE),
        (HOUR, 10 * MINUTE),
        (DAY - 1, 10 * MINUTE),
        (DAY, HOUR),
    ],
)
def test_what_wechat_does_by_itself_is_asked_about_more_and_more_rarely(age: int, pause: int) -> None:
    assert next_query_at(TRANSFER, TransferState.PROCESSING, AT + age) == AT + age + pause


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("age", "next_age"),
    [
        (0, MINUTE),
        (10 * MINUTE - 1, 11 * MINUTE - 1),
        (10 * MINUTE, 15 * MINUTE),
        (DAY - 5 * MINUTE, DAY),
        (DAY - 5 * MINUTE + 1, DAY),
        (DAY - SECOND, DAY),
        (DAY - 1, DAY - 1 + SECOND),
        (DAY, DAY + 5 * MINUTE),
        (DAY + 3 * HOUR - 1, DAY + 3 * HOUR - 1 + 5 * MINUTE),
        (DAY + 3 * HOUR, DAY + 4 * HOUR),
    ],
)
def test_while_the_escort_is_waited_for_wechat_is_asked_at_the_end_of_the_day_at_the_latest(
    age: int, next_age: int, known: bool
) -> None:
    """The day ends as WeChat accepted it, or, as long as that is not known, as it was created."""
    transfer = replace(TRANSFER, expires_at=AT + DAY if known else None)
    assert next_query_at(transfer, TransferState.WAITING, AT + age) == AT + next_age


def test_a_transfer_is_received_until_its_day_is_over_unless_the_office_has_cancelled_it() -> None:
    waiting = replace(TRANSFER, state=TransferState.WAITING, expires_at=AT + DAY)
    assert [can_be_received(waiting, at) for at in (AT, AT + DAY - 1, AT + DAY)] == [True, True, False]
    for other in (
        replace(waiting, state=TransferState.ACCEPTED),
        replace(waiting, cancel_at=AT),
        replace(waiting, package_sealed=""),
    ):
        assert (waits_for_escort(other), can_be_received(other, AT)) == (False, False)
    assert not can_be_received(replace(waiting, expires_at=None), AT)
