"""Nothing that was answered is ever lost: not by a restart, not by SIGKILL."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from sandbox import FolderInUse, Sandbox
from sandbox.store import Store

ROOT = Path(__file__).resolve().parents[2]
SERVER = """
import asyncio, sys
from pathlib import Path
from sandbox import Sandbox
from sandbox.app import make_app

async def main():
    sandbox = Sandbox(Path(sys.argv[1]), notify_speed=100)
    await sandbox.start()
    make_app(sandbox).listen(int(sys.argv[2]), "127.0.0.1")
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_restart_keeps_everything_and_goes_on_notifying(sandbox_folder, run_sandbox):
    async def scenario():
        async with run_sandbox(sandbox_folder, notify_speed=1.0) as merchant:
            merchant.answers = [500]
            await merchant.buy("KEEP-00001")
            await merchant.refund("KEEP-00001", "KR1", 100)
            await merchant.create("KEEP-00002")
            await merchant.fault("garbage", scope="KEEP-00002", endpoint="query")
            await merchant.post("settings/", {"paid_code": "ORDER_PAID", "notify_speed": 1000})
            orders, money = await merchant.get("orders/"), await merchant.get("money/")
            await merchant.notified()
        async with run_sandbox(sandbox_folder, notify_speed=1.0) as merchant:
            assert len((await merchant.get("faults/"))["faults"]) == 1
            assert (await merchant.get("settings/"))["settings"]["paid_code"] == "ORDER_PAID"
            after = await merchant.get("orders/")
            for earlier, later in zip(orders["orders"], after["orders"], strict=True):
                assert earlier["out_trade_no"] == later["out_trade_no"]
                assert earlier["prepay_ids"] == later["prepay_ids"]
            assert (await merchant.get("money/"))["paid_fen"] == money["paid_fen"]
            known = merchant.sandbox.context.state.notifications.values()
            while {item.subject for item in known} != {"KEEP-00001", "KR1"}:
                await asyncio.sleep(0.05)  # the refund was still in process
            assert {item.state for item in known} == {"pending"}

    asyncio.run(scenario())


def test_a_folder_belongs_to_one_process(sandbox_folder):
    async def scenario():
        first, second = Sandbox(sandbox_folder), Sandbox(sandbox_folder)
        await first.start()
        with pytest.raises(FolderInUse):
            Store(sandbox_folder, wait_seconds=0.1)
        await first.stop()
        await second.start()
        await second.stop()
        await second.stop()

    asyncio.run(scenario())


def test_what_cannot_be_written_is_not_answered(sandbox_folder, run_sandbox):
    async def scenario():
        async with run_sandbox(sandbox_folder) as merchant:
            store = merchant.sandbox.store
            commit, store._commit = store._commit, _full_disk
            body = merchant.order_body("DISK-00001")
            response = await merchant.call("POST", "/v3/pay/transactions/jsapi", body)
            assert (response.status_code, response.json()["code"]) == (500, "SYSTEM_ERROR")
            store._commit = commit
            assert (await merchant.query("DISK-00001")).status_code == 200

    asyncio.run(scenario())


def _full_disk(changes):
    raise OSError("disk full")


@pytest.mark.parametrize("seed", [1, 2])
def test_sigkill_loses_nothing_that_was_answered(sandbox_folder, sandbox_caller, seed):
    """Pay as fast as possible, kill at a random moment, look whether every answered payment is still there."""
    port = _free_port()
    answered: list[str] = []

    async def pay_until_killed(process):
        async with sandbox_caller(sandbox_folder, f"http://127.0.0.1:{port}/sandbox") as merchant:

            async def payer(lane):
                for index in range(10_000):
                    number = f"KILL-{lane}-{index:06d}"
                    try:
                        await merchant.buy(number, 100)
                    except httpx.HTTPError:
                        return
                    answered.append(number)

            tasks = [asyncio.create_task(payer(lane)) for lane in range(8)]
            await asyncio.sleep(0.4 + seed * 0.13)
            os.kill(process.pid, signal.SIGKILL)
            await asyncio.gather(*tasks)

    async def look():
        async with sandbox_caller(sandbox_folder, f"http://127.0.0.1:{port}/sandbox") as merchant:
            by_order = (await merchant.get("money/"))["by_order"]
            assert set(answered) <= set(by_order)
            notified = await merchant.get("notifications/?limit=10000")
            assert {item["subject"] for item in notified["notifications"]} == set(by_order)

    process = _serve(sandbox_folder, port)
    try:
        asyncio.run(pay_until_killed(process))
        process.wait()
        assert answered
        process = _serve(sandbox_folder, port)
        asyncio.run(look())
    finally:
        process.kill()
        process.wait()


def _serve(folder, port):
    command = [sys.executable, "-c", SERVER, str(folder), str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 0.2):
                return process
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the sandbox did not start")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
