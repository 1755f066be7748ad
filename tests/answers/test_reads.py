"""What everybody is answered who reads: status, headers and body, in scenes that have two of everything."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tornado.ioloop import IOLoop

from tests.answers import scenes
from tests.answers.answer_text import lines_of
from tests.answers.conftest import Ready
from tests.answers.house import House
from tests.answers.record import Record
from tests.answers.scenes import name_of

SCENES = (
    scenes.nothing,
    scenes.ordered,
    scenes.unpaid,
    scenes.paying,
    scenes.asked_back,
    scenes.served,
    scenes.visited,
    scenes.finished,
)
USERS = ("owner", "family", "payer", "other", "stranger", "escort")
ESCORTS = ("escort", "other escort", "applicant", "owner")
BOTH = (1, 2)
OF_ORDERS = [
    f"{path}?id={order}"
    for path in (
        "user/getOrder/", "user/getMembers/", "user/getMessages/", "user/getVisit/", "user/getComplaints/",
        "user/getInvoices/", "escort/job/", "escort/report/",
    )
    for order in BOTH
]  # fmt: skip
FILES = [
    *(f"visits/photos/{name_of(number)}" for number in (0, 1, 99)),
    *(f"supplements/{number}/receipt/" for number in (1, 2, 9)),
    *(f"complaints/photos/{name_of(50 + number)}" for number in (0, 1, 9)),
    f"invoices/{name_of(60, 'pdf')}",
    *(f"escort/qualifications/{name_of(20 + number)}" for number in (0, 1, 9)),
    "escort/portrait/",
    *(f"escorts/portraits/{name_of(number, 'webp')}" for number in (30, 31, 40, 99)),
    *(f"avatars/{name_of(number, 'webp')}" for number in (70, 99)),
]
READ = [
    "user/me/", "user/getDevices/", "user/getFriends/", "user/getFriend/?id=1", "user/getFriend/?id=2",
    "user/getCaregiver/", "user/getOrderStatus/", "user/getOrders/", "user/getOrders/?before=2",
    "user/getNextVisit/", "user/findOrder/?number=T20261118120000000000000000000000",
    "user/findOrder/?number=4200000000000000000000000001", "user/getMembers/?patientId=1",
    "user/getMembers/?patientId=2", "user/getMembers/", "user/getSharedOrders/", "user/getSharedOrders/?before=2",
    "user/getComplaints/", "user/getComplaints/?before=1", "user/getInvoices/", "user/getInvoices/?before=2",
    "user/getInvitation/?token=nothing", "user/getClaim/?code=nothing", "user/export/",
    "escort/workbench/", "escort/invitations/", "escort/calendar/?month=2026-12", "escort/calendar/?month=2026-11",
    "escort/calendar/?month=2026-13", "escort/ratings/", "escort/ratings/?before=2", "escort/pay/",
    "escort/pay/?before=2", "escort/statement/?id=1", "escort/statement/?id=2", "escort/statement/?id=2&after=3",
    "escort/qualifications/", "escort/profile/", *OF_ORDERS, *FILES,
]  # fmt: skip
"""With the token of each user; who is nobody's is told so once for all by ``tests/http/test_callers.py``."""
PUBLIC = [
    "escorts/", "escorts/1/", "escorts/2/", "escorts/9/", "catalog/", "catalog/hospitals/1/",
    "catalog/hospitals/999/", "catalog/services/4/", "catalog/services/999/", "catalog/experts/",
    "catalog/experts/?hospitalId=1", "catalog/experts/?hospitalId=999", "catalog/experts/?q=心内",
    "catalog/experts/1/", "catalog/experts/9999/", "catalog/days/?serviceId=4&from=2026-12-20&days=7",
    "catalog/days/?serviceId=1&hospitalId=1&days=3", "catalog/days/?serviceId=999", "catalog/days/?serviceId=4&days=0",
    "catalog/refundRule/?wantTime=2026-12-24&visitTime=09:30", "catalog/refundRule/?wantTime=2026-12-24&visitTime=",
    "catalog/refundRule/?wantTime=2026-01-01&visitTime=", "catalog/refundRule/?wantTime=2026-11-19&visitTime=14:00",
    "static/pic/banner/1.png",
    "static/pic/banner/1.png?v=1", "static/pic/banner/", "static/pic/nothing.png",
    "static/pic/../main.py", "healthz/", "readyz/", "metrics/",
    "wechat/push/", "wechat/push/?signature=x&timestamp=1&nonce=1&echostr=1", "nothing/", "user/me",
]  # fmt: skip


MEASURED = re.compile(
    r"hospital_(?:database_(?:up|writable)|waiting|payments|refunds|sweep_backlog|complaints_due|messages|job|requests)"
    r"|hospital_request_seconds_count"
)
TIMES = re.compile(r"hospital_(?:requests_created|request_seconds_created|build_info)")


async def metrics_of(house: House) -> list[str]:
    """What monitoring reads about the business and the requests that were answered."""
    answer = await house.ask("nobody", "GET", "metrics/", headers={"Authorization": f"Bearer {'m' * 32}"})
    lines = lines_of(answer)
    measured = [
        line for line in lines if MEASURED.match(line.removeprefix("# HELP ").removeprefix("# TYPE "))
    ]
    return [
        *(line for line in lines[:12] if ":" in line or line.isdigit()),
        *(line for line in measured if not TIMES.match(line)),
    ]


@pytest.mark.parametrize("ready", SCENES, ids=lambda each: each.__name__)
def test_who_reads_is_answered_what_is_recorded(
    open_in: Callable[[Ready], House], io_loop: IOLoop, records: Callable[[str], Record], ready: Ready
) -> None:
    house, record = open_in(ready), records(ready.__name__)
    asked: list[str] = []

    async def read() -> None:
        with_secrets = [
            f"user/getInvitation/?token={{{name}}}"
            for name in house.known
            if name.endswith(("card", "patient"))
        ] + [
            f"user/getClaim/?{name.rstrip('01')}={{{name}}}"
            for name in house.known
            if name.rstrip("01") in ("token", "code")
        ]
        for path in [*with_secrets, *READ]:
            for who in ESCORTS if "escort" in path.partition("/")[0] else USERS:
                title = f"{who} | {path}"
                asked.append(title)
                record.check(title, await house.look(who, path))
        for path in PUBLIC if ready in (scenes.nothing, scenes.finished) else ():
            asked.append(f"nobody | {path}")
            record.check(f"nobody | {path}", await house.look("nobody", path))

        asked.append("monitoring | metrics/")
        record.check("monitoring | metrics/", await metrics_of(house))

    io_loop.run_sync(read, timeout=300)
    record.check_whole(asked)
