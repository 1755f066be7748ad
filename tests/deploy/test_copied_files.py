"""What an operator copies out of deploy/ names only what exists."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import ROOT, load_settings
from handlers.base import BaseHandler
from handlers.routes import all_routes
from startup.arguments import parser
from startup.new_secrets import new_secrets
from tests.served import environment

DEPLOY = ROOT / "deploy"
MONITORING = DEPLOY / "monitoring"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def started_by(unit: Path) -> list[str]:
    """The arguments of ``main.py`` in a unit."""
    line = re.search(r"main\.py (.*?)'?$", unit.read_text(), re.M)
    assert line, unit
    return shlex.split(line[1].replace("$(", "").replace(")", "").replace("%%", ""))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_calls_a_command_that_exists(unit: Path) -> None:
    given = parser().parse_args([word for word in started_by(unit) if not word.startswith("+")][:8])
    of_staging = unit.stem == "hospital-sandbox"
    assert (given.command == "sandbox") == of_staging
    assert given.command in ("serve", "backup", "sandbox")
    assert given.data == f"/var/lib/hospital{'-staging' if of_staging else ''}"


def directives(text: str) -> list[str]:
    """What the section ``[Service]`` says, line by line."""
    service = text.partition("[Service]")[2].partition("[Install]")[0]
    return [line for line in service.splitlines() if line and not line.startswith("#")]


def rehearsing(text: str) -> str:
    """A unit of the server as the guide turns it into that of a rehearsal."""
    guide = (ROOT / "docs" / "operation.md").read_text()
    commands = re.findall(r"-e '([^']+)'", guide[guide.index("hospital-sandbox.service") :])[:2]
    sed = ["sed", *(word for command in commands for word in ("-e", command))]
    return subprocess.run(sed, input=text, capture_output=True, text=True, check=True).stdout


def test_the_stand_in_is_as_confined_as_the_server_of_its_rehearsal_and_has_its_folders() -> None:
    server, stand_in = (
        (DEPLOY / "systemd" / f"hospital{each}.service").read_text() for each in ("", "-sandbox")
    )
    own = ("ExecStart=", "ExecReload=")
    expected = [line for line in directives(rehearsing(server)) if not line.startswith(own)]
    assert [line for line in directives(stand_in) if not line.startswith(own)] == expected
    assert "--data /var/lib/hospital-staging --config /etc/hospital-staging/config.toml serve" in rehearsing(
        server
    )
    assert "After=hospital-sandbox.service " in rehearsing(server)
    assert "hospital-staging" not in server


def test_the_sites_of_nginx_are_routes_of_the_server() -> None:
    patterns = [str(route[0]) for route in all_routes()]
    named = re.findall(r"location ~ \^/\(([^)]+)\)/", (DEPLOY / "nginx" / "hospital.conf").read_text())
    assert named
    for path in [path for group in named for path in group.split("|")] + ["metrics"]:
        assert any(pattern.startswith(f"/{path}") for pattern in patterns), path


def test_the_site_lets_every_body_through_that_the_server_reads(tmp_path: Path) -> None:
    site = (DEPLOY / "nginx" / "hospital.conf").read_text()
    allowed = re.findall(r"location ~ (\^\S+) \{\s+client_max_body_size 25m;", site)
    settings = load_settings(tmp_path, environment={})
    largest = {
        str(route[0]): route[1].max_body_bytes(settings)
        for route in all_routes()
        if issubclass(route[1], BaseHandler)
    }
    larger = {pattern: size for pattern, size in largest.items() if size > 1024 * 1024}
    assert len(larger) >= 6
    for pattern, size in larger.items():
        assert any(re.match(location, pattern) for location in allowed), pattern
        assert size <= 25 * 1024 * 1024, pattern


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


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    shown = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    return [panel for panel in shown if panel["type"] != "row"]


def metrics_in(expression: str) -> set[str]:
    """The names that the product's own document gives them: of a histogram the parts have an ending more."""
    return {
        re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"\bhospital_[a-z_]+", expression)
    }


def documented_metrics() -> set[str]:
    lines = [
        line for line in (ROOT / "docs" / "operation.md").read_text().splitlines() if line.startswith("| `")
    ]
    return {name for line in lines for name in re.findall(r"`(hospital_[a-z_]+)", line.split("|")[1])}


def test_every_metric_of_the_alerts_and_of_the_dashboard_is_documented() -> None:
    known, expressions = documented_metrics(), [rule["expr"] for rule in rules()]
    expressions += [target["expr"] for panel in panels() for target in panel["targets"]]
    assert len(expressions) > 50
    for expression in expressions:
        assert metrics_in(expression) <= known, expression


def test_the_dashboard_shows_every_metric() -> None:
    shown = {name for panel in panels() for target in panel["targets"] for name in metrics_in(target["expr"])}
    assert documented_metrics() - shown == set()


def test_every_alert_says_what_is_wrong_and_whom_it_wakes() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]


def test_panels_have_a_place_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads((MONITORING / "dashboard.json").read_text())["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


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
