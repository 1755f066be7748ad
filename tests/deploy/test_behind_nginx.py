"""The site of deploy/nginx/ in front of a server with two processes: ``make deploy-test`` installs nginx for it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import ssl
import subprocess
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bench.processes import Site, free_port
from bench.rolling import workers_of
from config import ROOT
from tests.core.certificates import make_certificate

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PROMTOOL = shutil.which("promtool")
SYSTEMD = shutil.which("systemd-analyze")
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Behind:
    """A server behind nginx. ``site``: the server itself; ``http``, ``https``: nginx' addresses."""

    site: Site
    http: str
    https: str


def site_file(folder: Path, http: int, https: int, server: int) -> str:
    """The shipped site with this test's ports, folders and certificate; everything else is as it is shipped."""
    certificate, key = make_certificate(folder)
    text = (ROOT / "deploy/nginx/hospital.conf").read_text()
    for shipped, here in {
        "listen 80;": f"listen {HOST}:{http};",
        "listen [::]:80;": "",
        "listen 443 ssl": f"listen {HOST}:{https} ssl",
        "listen [::]:443 ssl http2;": "",
        "127.0.0.1:8000": f"{HOST}:{server}",
        "/etc/letsencrypt/live/shop.example/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/shop.example/privkey.pem": str(key),
        "/var/log/nginx/hospital.log": str(folder / "access.log"),
        "/etc/nginx/hospital-proxy.conf": str(ROOT / "deploy/nginx/hospital-proxy.conf"),
    }.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    return text


def main_file(folder: Path, site: str) -> Path:
    (folder / "site.conf").write_text(site)
    temporary = "\n".join(
        f"  {name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    user = "user root;\n" if os.geteuid() == 0 else ""  # else its workers could not write below our folder
    file.write_text(
        f"{user}daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\n{temporary}\n  include {folder}/site.conf;\n}}\n"
    )
    return file


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    if NGINX is None:
        pytest.skip("nginx is not installed: make deploy-test installs it")
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    http, https = free_port(), free_port()
    site = Site(folder / "data", {"HA_DATABASE_ENGINE": "sqlite"}, processes=2)
    site.server.environment["HA_SERVER_TRUSTED_PROXIES"] = '["127.0.0.1"]'
    site.server.environment["HA_SERVER_LOG_LEVEL"] = "info"
    file = main_file(folder, site_file(folder, http, https, int(site.server.root.split(":")[2].strip("/"))))
    subprocess.run([NGINX, "-t", "-q", "-c", str(file), "-p", str(folder)], check=True)
    asyncio.run(site.start())
    nginx = subprocess.Popen([NGINX, "-c", str(file), "-p", str(folder)])
    try:
        found = Behind(site, f"http://{HOST}:{http}/", f"https://{HOST}:{https}/")
        until(lambda: answers(found))
        yield found
    finally:
        nginx.terminate()
        nginx.wait(20)
        site.kill()


def until(what: object, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def client(behind: Behind) -> httpx.Client:
    return httpx.Client(base_url=behind.https, verify=False, trust_env=False, timeout=20)


def answers(behind: Behind) -> bool:
    try:
        with client(behind) as visitor:
            return visitor.get("readyz/").status_code == 200
    except httpx.HTTPError:
        return False


def test_plain_http_is_sent_to_https(behind: Behind) -> None:
    answer = httpx.get(f"{behind.http}admin/?a=1", trust_env=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{HOST}/admin/?a=1")


def test_an_old_tls_is_refused(behind: Behind) -> None:
    context = ssl._create_unverified_context(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(httpx.ConnectError), httpx.Client(verify=context, trust_env=False) as visitor:
        visitor.get(behind.https)


def test_the_clients_own_word_about_its_address_is_not_believed(behind: Behind) -> None:
    with client(behind) as visitor:
        visitor.get("catalog/", headers={"X-Forwarded-For": "203.0.113.9"})
    until(lambda: "GET /catalog/ 200" in behind.site.server.last_words)
    assert "203.0.113.9" not in behind.site.server.last_words


def test_a_query_with_a_session_token_is_not_in_nginx_log(behind: Behind) -> None:
    with client(behind) as visitor:
        visitor.get("user/getFriends/", params={"warrant": "secret-of-somebody"})
    log = behind.site.data.parent / "access.log"
    until(lambda: "/user/getFriends/" in log.read_text())
    assert "secret-of-somebody" not in log.read_text()


def test_bodies_above_a_megabyte_are_let_through_for_pictures_alone(behind: Behind) -> None:
    body = b"x" * (2 * 1024 * 1024)
    with client(behind) as visitor:
        assert visitor.post("user/create1order/", content=body).status_code == 413
        through = visitor.post("admin/catalog/hospitals/1/", content=body)
        assert "nginx" not in through.headers.get("Server", "") or through.status_code != 413
        assert "X-Request-Id" in through.headers, "the server itself has answered"


def test_nothing_fails_behind_nginx_while_the_processes_are_replaced(behind: Behind) -> None:
    parent, failed, asked = behind.site.server.pid, [], 0
    before = workers_of(parent)
    os.kill(parent, signal.SIGHUP)
    with client(behind) as visitor:
        while workers_of(parent) & before or asked < 200:
            answer = visitor.get("catalog/")
            asked += 1
            if answer.status_code != 200:
                failed.append(answer.status_code)
    assert (failed, asked >= 200) == ([], True)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: make deploy-test installs it")
def test_prometheus_understands_the_alerts() -> None:
    assert PROMTOOL
    subprocess.run([PROMTOOL, "check", "rules", str(ROOT / "deploy/monitoring/alerts.yml")], check=True)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: make deploy-test installs it")
def test_alerts_fire_at_what_is_wrong_and_are_silent_on_a_quiet_day() -> None:
    assert PROMTOOL
    subprocess.run([PROMTOOL, "test", "rules", str(ROOT / "deploy/monitoring/alerts.test.yml")], check=True)


@pytest.mark.skipif(SYSTEMD is None, reason="systemd is not installed")
def test_systemd_understands_the_units() -> None:
    assert SYSTEMD
    units = [str(file) for file in sorted((ROOT / "deploy/systemd").iterdir())]
    checked = subprocess.run(
        [SYSTEMD, "verify", "--man=no", *units], capture_output=True, text=True, timeout=60
    )
    lines = [line for line in checked.stderr.splitlines() if "is not executable" not in line]
    assert not [line for line in lines if "hospital" in line], checked.stderr
