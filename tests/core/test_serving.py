"""Starting and stopping, as an operator does it."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from clock import DAY, now_ms, shanghai_date
from tests.core.certificates import make_certificate
from tests.databases import MySQLTemplate
from tests.http.client import PATIENT, order_fields
from tests.served import Served, command, served, serving, start

__all__ = ["served"]


def client(served: Served) -> httpx.Client:
    return httpx.Client(base_url=served.root, trust_env=False, verify=False, timeout=20)


def soon() -> str:
    """A day in ten days, in Shanghai."""
    return shanghai_date(now_ms() + 10 * DAY)


def wait_until(happened: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def order_and_pay(served: Served) -> None:
    """The straight road over HTTP, until the order is paid."""
    with client(served) as user:
        user.headers["Authorization"] = (
            "Bearer " + user.get("login/", params={"code": "as:li:1"}).json()["warrant"]
        )
        friend = user.post("user/add1friend/", data=PATIENT).json()["id"]
        order = user.post("user/create1order/", data=order_fields(friend, soon())).json()
        prepay_id = order["payment"]["package"].partition("=")[2]
        paid = user.post("sandbox/cashier/", json={"prepay_id": prepay_id, "outcome": "success"})
        assert paid.status_code == 200, paid.text
        wait_until(lambda: user.get("user/getOrderStatus/").json()["data"][0]["progress"] == "已付款")


def test_a_first_start_tells_addresses_and_password_and_a_second_only_addresses(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with serving(folder) as first:
        assert first.ready_seconds < 30
        assert len(first.password) >= 10
        for page in ("admin/", "docs/", "sandbox/"):
            assert f"/{page}" in first.output
        with client(first) as visitor:
            assert visitor.get("healthz/").status_code == 200
            assert visitor.get("readyz/").status_code == 200
        order_and_pay(first)
    with serving(folder) as second:
        assert second.password == ""
        assert second.ready_seconds < 30
        with client(second) as visitor:
            warrant = visitor.get("login/", params={"code": "as:li:2"}).json()["warrant"]
            rows = visitor.get("user/getOrderStatus/", headers={"warrant": warrant}).json()["data"]
            assert [row["progress"] for row in rows] == ["已付款"], "everything is still there"
    ours = [
        file
        for file in folder.rglob("*")
        if file.is_file() and file.name not in ("config.toml", "stderr.log")
    ]
    assert {"hospital.sqlite3", "development-secrets.json"} <= {file.name for file in ours}
    assert not [file for file in ours if file.stat().st_mode & 0o077], "for the eyes of their owner alone"


def test_the_same_on_mariadb(tmp_path: Path, mysql_template: MySQLTemplate) -> None:
    found = mysql_template.settings()
    settings = {
        "HA_DATABASE_ENGINE": "mysql",
        "HA_DATABASE_HOST": found.host,
        "HA_DATABASE_PORT": str(found.port),
        "HA_DATABASE_NAME": found.name,
        "HA_DATABASE_USER": found.user,
        "HA_DATABASE_PASSWORD": found.password,
    }
    with serving(tmp_path / "data", settings=settings) as running:
        order_and_pay(running)
    assert not (tmp_path / "data" / "hospital.sqlite3").exists()


def test_a_request_in_flight_is_answered_before_the_server_ends(tmp_path: Path) -> None:
    served = start(tmp_path / "data")
    try:
        served.await_ready()
        with client(served) as user, ThreadPoolExecutor(1) as pool:
            warrant = user.get("login/", params={"code": "as:li:1"}).json()["warrant"]
            user.headers["warrant"] = warrant
            friend = user.post("user/add1friend/", data=PATIENT).json()["id"]
            fault = {"fault": "slow", "endpoint": "create", "seconds": 1.5, "times": 1}
            assert user.post("sandbox/faults/", json=fault).status_code == 200
            fields = order_fields(friend, soon())
            slow = pool.submit(user.post, "user/create1order/", data=fields)
            wait_until(lambda: not user.get("sandbox/faults/").json()["faults"])  # WeChat has been asked
            begun = time.monotonic()
            assert served.stop(signal.SIGTERM) == 0
            assert slow.result().json()["code"] == 0
            assert time.monotonic() - begun < 8
        assert "Traceback" not in served.errors + served.output
    finally:
        served.process.kill()
        served.process.communicate()


def test_the_server_speaks_https_itself(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    settings = {"HA_SERVER_TLS_CERTIFICATE": str(certificate), "HA_SERVER_TLS_KEY": str(key)}
    with serving(tmp_path / "data", settings=settings) as running:
        assert running.root.startswith("https://")
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = False
        with httpx.Client(base_url=running.root, verify=context, trust_env=False) as visitor:
            assert visitor.get("healthz/").json()["status"] == "ok"
        order_and_pay(running)


def test_a_busy_server_ends_soon_and_every_answer_that_it_gave_is_whole(served: Served) -> None:
    port = served.root.rsplit(":", 1)[1].strip("/")
    taken = command(served.folder, "serve", "--port", port)
    assert taken.returncode == 1
    assert f"server.port: cannot listen on 127.0.0.1:{port}" in taken.stderr
    assert "Traceback" not in taken.stderr

    answers: list[int] = []

    def ask() -> None:
        with client(served) as visitor:
            while True:
                try:
                    answers.append(visitor.get("catalog/").status_code)
                except httpx.TransportError:
                    return

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    with socket.create_connection(("127.0.0.1", int(port))) as idle:
        idle.settimeout(1)
        wait_until(lambda: len(answers) >= 8)
        begun = time.monotonic()
        assert served.stop(signal.SIGINT) == 0
        assert time.monotonic() - begun < 8, "neither an idle connection nor new requests keep it"
    for thread in threads:
        thread.join()
    assert answers
    assert set(answers) == {200}
