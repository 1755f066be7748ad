"""What an operator copies out of deploy/ names only what exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from config import ROOT
from handlers.routes import all_routes
from startup.arguments import parser
from startup.new_secrets import new_secrets
from tests.served import environment

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def started_by(unit: Path) -> list[str]:
    """The arguments of ``main.py`` in a unit."""
    line = re.search(r"main\.py (.*?)'?$", unit.read_text(), re.M)
    assert line, unit
    return shlex.split(line[1].replace("$(", "").replace(")", "").replace("%%", ""))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_calls_a_command_that_exists(unit: Path) -> None:
    given = parser().parse_args([word for word in started_by(unit) if not word.startswith("+")][:8])
    assert given.command in ("serve", "backup")
    assert given.data == "/var/lib/hospital"


def test_the_sites_of_nginx_are_routes_of_the_server() -> None:
    patterns = [str(route[0]) for route in all_routes()]
    named = re.findall(r"location ~ \^/\(([^)]+)\)/", (DEPLOY / "nginx" / "hospital.conf").read_text())
    assert named
    for path in [path for group in named for path in group.split("|")] + ["metrics"]:
        assert any(pattern.startswith(f"/{path}") for pattern in patterns), path


def test_the_compose_file_mounts_only_what_is_there_or_is_made_before() -> None:
    folder = DEPLOY / "container"
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    assert set(services) == {"database", "migrate", "server", "proxy"}
    made_before = {"./config.toml", "environment", "/etc/letsencrypt"}
    for service in services.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source in ("data", "database") or source in made_before:
                continue
            assert (folder / source).exists(), mount
        assert set(service.get("env_file", [])) <= made_before
    build = services["migrate"]["build"]
    assert (folder / build["context"] / build["dockerfile"]).resolve() == folder / "Containerfile"


def test_the_image_installs_and_starts_what_the_repository_has() -> None:
    text = (DEPLOY / "container" / "Containerfile").read_text()
    assert (ROOT / "tools" / "install").exists()
    assert "tools/install requirements.lock" in text
    assert 'ENTRYPOINT [".venv/bin/python", "main.py", "--data", "/data"]' in text


def test_every_metric_of_the_alerts_is_documented() -> None:
    rules = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yml").read_text())["groups"][0]["rules"]
    documented = (ROOT / "docs" / "operation.md").read_text()
    assert len(rules) >= 10
    for rule in rules:
        for metric in re.findall(r"hospital_[a-z_]+", rule["expr"]):
            assert metric.removesuffix("_bucket") in documented, f"{rule['alert']}: {metric}"


def test_new_secrets_are_settings_and_differ_each_time() -> None:
    first, second = new_secrets(), new_secrets()
    values = dict(line.split("=", 1) for line in first.splitlines() if not line.startswith("#"))
    assert set(values) == {
        "HA_SERVER_COOKIE_SECRET",
        "HA_SERVER_METRICS_TOKEN",
        "HA_PRIVACY_KEY",
        "HA_DATABASE_PASSWORD",
    }
    assert all(len(value) >= 32 for value in values.values())
    assert not set(values.values()) & set(second.replace("\n", "=").split("="))
    assert environment(values)["HA_PRIVACY_KEY"] == values["HA_PRIVACY_KEY"]
