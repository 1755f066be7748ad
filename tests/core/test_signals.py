"""Signals to a running server, and what its log says of requests."""

from __future__ import annotations

import os
import re
import signal
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from accounts.limits import masked_address
from tests.core.certificates import make_certificate
from tests.served import Served, serving, start


def wait_for(what: Callable[[], bool], served: Served) -> None:
    deadline = time.monotonic() + 20
    while not what():
        assert served.process.poll() is None, served.errors
        assert time.monotonic() < deadline, served.errors
        time.sleep(0.05)


def presented(served: Served) -> str:
    """The certificate that a new connection is shown."""
    port = int(served.root.rsplit(":", 1)[1].strip("/"))
    return ssl.get_server_certificate(("127.0.0.1", port))


def test_sighup_takes_up_a_renewed_certificate_and_the_log_level_and_never_ends_the_server(
    tmp_path: Path,
) -> None:
    certificate, key = make_certificate(tmp_path)
    text = f'[server]\ntls_certificate = "{certificate}"\ntls_key = "{key}"\nlog_level = "warning"\n'
    with serving(tmp_path / "data", config=text) as served:
        first = presented(served)
        assert first == certificate.read_text()
        renewed, _ = make_certificate(tmp_path)  # in the same places
        assert presented(served) == first, "not before it is told"
        file = served.folder / "config.toml"
        file.write_text(text.replace('"warning"', '"debug"'))
        served.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "SIGHUP: log level debug; certificate loaded" in served.errors, served)
        assert presented(served) == renewed.read_text() != first
        with httpx.Client(base_url=served.root, trust_env=False, verify=False) as visitor:
            assert visitor.get("catalog/").status_code == 200
        wait_for(lambda: "GET /catalog/ 200" in served.errors, served)

        good = presented(served)
        for spoiled in (renewed, file):
            before = spoiled.read_text()
            spoiled.write_text("spoiled =")
            told = served.errors.count("SIGHUP: nothing was taken up")
            served.process.send_signal(signal.SIGHUP)
            wait_for(lambda told=told: served.errors.count("nothing was taken up") > told, served)  # type: ignore[misc]
            assert presented(served) == good, "what cannot be used leaves all as it was"
            spoiled.write_text(before)


def test_sighup_during_the_start_does_not_end_it(tmp_path: Path) -> None:
    served = start(tmp_path / "data")
    try:
        deaf = Path(f"/proc/{served.process.pid}/status")
        wait_for(lambda: sighup_is_handled(deaf), served)
        for _ in range(20):
            os.kill(served.process.pid, signal.SIGHUP)
            time.sleep(0.02)
        served.await_ready()
        served.check_end()
    finally:
        served.process.kill()
        served.process.communicate()


def sighup_is_handled(status: Path) -> bool:
    """Ignored or caught: the kernel's two masks of the process."""
    if not status.exists():
        pytest.skip("the masks of a process can only be read on Linux")
    masks = re.findall(r"Sig(?:Ign|Cgt):\s*([0-9a-f]+)", status.read_text())
    return any(int(mask, 16) >> (signal.SIGHUP - 1) & 1 for mask in masks)


@pytest.mark.parametrize("insist", [False, True])
def test_readyz_says_503_for_a_while_before_the_server_stops_accepting(tmp_path: Path, insist: bool) -> None:
    seconds = "30" if insist else "1.5"
    served = start(tmp_path / "data", settings={"HA_SERVER_STOP_DELAY_SECONDS": seconds})
    try:
        served.await_ready()
        begun = time.monotonic()
        served.process.send_signal(signal.SIGTERM)

        def ask(path: str) -> int:
            return httpx.get(served.root + path, trust_env=False).status_code

        wait_for(lambda: ask("readyz/") == 503, served)
        assert ask("catalog/") == 200, "new connections are still answered"
        if insist:
            served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(15) == 0
        passed = time.monotonic() - begun
        assert passed < 20 if insist else passed >= 1.5
    finally:
        served.process.kill()
        served.process.communicate()


@pytest.mark.parametrize(
    ("how", "line"), [("full", "203.0.113.77 GET"), ("masked", "203.0.113.0 GET"), ("none", "- GET")]
)
def test_the_access_log_has_the_clients_address_and_no_health_checks(
    tmp_path: Path, how: str, line: str
) -> None:
    settings = {"HA_SERVER_LOG_ADDRESSES": how, "HA_SERVER_TRUSTED_PROXIES": '["127.0.0.1"]'}
    with serving(tmp_path / "data", settings=settings) as served:
        with httpx.Client(base_url=served.root, trust_env=False) as visitor:
            for path in ("healthz/", "readyz/", "catalog/", "nowhere/"):
                visitor.get(path, headers={"X-Forwarded-For": "203.0.113.77"})
        wait_for(lambda: f"{line} /nowhere/ 404" in served.errors, served)
        assert f"{line} /catalog/ 200" in served.errors
        assert "healthz" not in served.errors
        assert "readyz" not in served.errors
        assert ("203.0.113.77" in served.errors) is (how == "full")


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("nonsense", "-"),
        ("", "-"),
    ],
)
def test_a_masked_address_stands_for_many(address: str, masked: str) -> None:
    assert masked_address(address) == masked
