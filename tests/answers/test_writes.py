"""What every write answers, which rows it changes and what it notes: with nothing filled in, by those who may not,
as it is meant, and a second time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tornado.ioloop import IOLoop

from tests.answers import writes_of_escorts, writes_of_users
from tests.answers.conftest import Ready
from tests.answers.house import House
from tests.answers.record import Record
from tests.answers.write import Write

WRITES = [("writes_of_users", each) for each in writes_of_users.WRITES] + [
    ("writes_of_escorts", each) for each in writes_of_escorts.WRITES
]


@pytest.mark.parametrize(("file", "write"), WRITES, ids=[str(each) for _, each in WRITES])
def test_a_write_answers_and_changes_what_is_recorded(
    open_in: Callable[[Ready], House],
    io_loop: IOLoop,
    records: Callable[[str], Record],
    file: str,
    write: Write,
) -> None:
    house, record = open_in(write.ready), records(file)
    method = "GET" if write.path == "login/" else "POST"

    async def send() -> None:
        given = write.options(house)
        if method == "GET":
            given = {"params": given["data"]}
        times = [("nothing filled in", write.who, write.without())]
        times += [(f"by {who}", who, given) for who in write.others]
        times += [(f"by {write.who}", write.who, given)]
        times += [("once more", write.who, given)]
        for occasion, who, options in times:
            record.check(
                f"{write.name}, {occasion} | {write.path}",
                await house.tell(who, method, write.path, **options),
            )

    io_loop.run_sync(send, timeout=120)


def occasions(write: Write) -> list[str]:
    times = ["nothing filled in", *(f"by {who}" for who in (*write.others, write.who))]
    return [*times, "once more"]


@pytest.mark.parametrize("file", ["writes_of_users", "writes_of_escorts"])
def test_every_recorded_answer_belongs_to_a_write(records: Callable[[str], Record], file: str) -> None:
    records(file).check_whole(
        [
            f"{write.name}, {occasion} | {write.path}"
            for its, write in WRITES
            if its == file
            for occasion in occasions(write)
        ]
    )
