"""A few of the hostile inputs of ``make hostile``, which sends a hundred thousand; and that it would notice a fault."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from bench.hostile.__main__ import attack, log_faults
from bench.hostile.inputs import Hostile, Identity, draw
from bench.hostile.judge import faults
from bench.hostile.targets import targets
from bench.hostile.values import SCRIPT
from bench.hostile.wire import Answer

INPUTS = 1_500
PAGE = {"content-type": "text/html; charset=utf-8"}
NOBODY = Identity("stranger", (), (1, 2))


@pytest.mark.timeout(300)
@pytest.mark.promise(18, 26)
def test_hostile_inputs_find_no_fault(tmp_path: Path, engine: str) -> None:
    report = asyncio.run(attack(engine, INPUTS, 16, tmp_path))
    assert report.findings == []
    assert report.sent == INPUTS
    assert len(report.reached) > 200
    for name in ("user", "escort", "owner"):
        assert report.taken[name] > 10, "not everything stops at the door"


def test_every_route_is_attacked_in_each_of_its_methods() -> None:
    known = targets()
    assert {target.method for target in known} >= {"GET", "POST"}
    fields = {target.pattern: target.fields for target in known if target.method == "POST"}
    assert {"hospitalId", "wantTime", "friendid"} <= set(fields["/user/create1order/"])
    drawn = [draw(Random(f"1:{number}"), known, NOBODY) for number in range(300)]
    assert drawn == [draw(Random(f"1:{number}"), known, NOBODY) for number in range(300)], "the same again"
    assert sum(hostile.sound for hostile in drawn) > 150


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(500), "status 500"),
        (Answer(0), "closed without an answer"),
        (Answer(400, {}, b'{"msg": "near \\"x\\": syntax error"}'), 'inside: near \\"'),
        (Answer(400, {}, b'File "/srv/main.py", line 3'), 'inside: File "'),
        (Answer(200, {}, "王秘密".encode()), "foreign: 王秘密…"),
        (Answer(302, {"location": "/?name=王秘密"}), "foreign: 王秘密…"),
        (Answer(200, PAGE, f"<p>{SCRIPT}</p>".encode()), "a script of the sender's in a page"),
        (Answer(200, {"set-cookie": "a=b; hx=1"}), "a header of the sender's"),
        (Answer(302, {"location": "//evil.example/"}), "sent to a foreign site"),
    ],
)
def test_a_fault_in_an_answer_is_noticed(answer: Answer, fault: str) -> None:
    target = next(target for target in targets() if target.pattern == "/user/me/")
    hostile = Hostile(b"GET /user/me/ HTTP/1.1", target, "GET", sound=True)
    assert fault in faults(hostile, answer, ["王秘密"])
    assert faults(hostile, Answer(200, PAGE, b"<p>&lt;script&gt;</p>"), ["王秘密"]) == []


def test_a_failure_in_the_log_is_noticed() -> None:
    assert log_faults("INFO fine\nERROR request abc failed: x\n", ("王秘密",)) == [
        "logged: ERROR request abc failed: x"
    ]
    assert log_faults("WARNING 王秘密\n", ("王秘密",)) == ["logged: 王秘密…"]
