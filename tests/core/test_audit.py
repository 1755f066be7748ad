"""``make audit``: every package in the lock files is looked at, and what could not be looked at is never green."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from config import ROOT, VERSION
from tools.audit import osv, services
from tools.audit.findings import Unchecked
from tools.audit.locks import Package, lock_files, packages

DECISIONS = tomllib.loads((ROOT / "tools" / "audit" / "decisions.toml").read_text("utf-8"))
TORNADO = next(package for package in packages() if package.name == "tornado")


def audit(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["tools/audit/run", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=170, check=False
    )


def copy_of_osv(folder: Path, *entries: dict[str, Any]) -> Path:
    """A copy of OSV with these entries of Python's packages, and one of npm."""
    other = {"id": "GHSA-other", "affected": []}
    for ecosystem, several in (("PyPI", entries), ("npm", (other,))):
        (folder / ecosystem).mkdir(parents=True)
        for entry in several:
            (folder / ecosystem / f"{entry['id']}.json").write_text(json.dumps(entry))
    return folder


def advisory(name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}]
    return {
        "id": "GHSA-1",
        "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": ranges}],
        **more,
    }


def test_every_lock_file_is_read_and_every_package_is_pinned_with_its_hash() -> None:
    found = packages()
    assert {lock for package in found for lock in package.locks} == {
        str(file.relative_to(ROOT)) for file in lock_files()
    }
    assert {"requirements.lock", "requirements-dev.lock"} <= TORNADO.locks
    assert [package.name for package in found if not package.hashes] == []
    needed = {package.name for package in found if not package.development}
    assert {"tornado", "aiomysql", "tdesign-miniprogram"} <= needed
    assert not {"pytest", "eslint", "fastapi", "pip-audit"} & needed


def test_every_licence_that_was_decided_is_of_a_package_that_is_locked() -> None:
    named = {(package.kind, package.name) for package in packages()}
    for kind in ("pypi", "npm"):
        assert [name for name in DECISIONS["licences"][kind] if (kind, name) not in named] == []


def test_licences_are_known_and_the_bill_of_materials_fits_its_schema_and_is_the_same_each_time() -> None:
    first = audit("licences", "sbom")
    assert first.returncode == 0, first.stdout + first.stderr
    written = (ROOT / "build" / "sbom.cdx.json").read_bytes()
    audit("sbom")
    assert (ROOT / "build" / "sbom.cdx.json").read_bytes() == written
    told = json.loads(written)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["component"]["version"] == VERSION
    assert {each["version"] for each in told["components"] if each["name"] == "tornado"} == {TORNADO.version}
    assert len(told["components"]) == len(packages())
    assert all(each["licenses"] for each in told["components"])


def test_a_copy_of_osv_tells_of_a_vulnerable_package_and_an_empty_one_of_nothing(tmp_path: Path) -> None:
    vulnerable = copy_of_osv(tmp_path / "a", advisory("Tornado", {"introduced": "0"}))
    found = audit("vulnerabilities", "--osv", str(vulnerable))
    assert (found.returncode, f"tornado {TORNADO.version}" in found.stdout) == (1, True), found.stdout
    mended = copy_of_osv(tmp_path / "b", advisory("tornado", {"introduced": "0"}, {"fixed": TORNADO.version}))
    clean = audit("vulnerabilities", "--osv", str(mended))
    assert (clean.returncode, "vulnerabilities: 0 in" in clean.stdout) == (0, True), clean.stdout
    for nothing in (tmp_path / "nowhere", copy_of_osv(tmp_path / "c")):
        unknown = audit("vulnerabilities", "--osv", str(nothing))
        assert (unknown.returncode, "NOT CHECKED" in unknown.stdout) == (3, True), unknown.stdout


@pytest.mark.parametrize(
    ("kind", "version", "events", "affected"),
    [
        ("pypi", "6.5", [{"introduced": "0"}, {"fixed": "6.5"}], False),
        ("pypi", "6.4.2", [{"introduced": "0"}, {"fixed": "6.5"}], True),
        ("pypi", "6.5rc1", [{"introduced": "0"}, {"fixed": "6.5"}], True),
        ("pypi", "7.0", [{"introduced": "0"}, {"fixed": "6.5"}, {"introduced": "7.0"}], True),
        ("pypi", "6.10", [{"introduced": "6.9"}, {"last_affected": "6.10"}], True),
        ("pypi", "6.11", [{"introduced": "6.9"}, {"last_affected": "6.10"}], False),
        ("npm", "1.2.3", [{"introduced": "0"}, {"fixed": "1.2.3"}], False),
        ("npm", "1.2.3-beta.2", [{"introduced": "1.2.3-beta.1"}, {"fixed": "1.2.3"}], True),
        ("npm", "1.10.0", [{"introduced": "1.9.0"}, {"fixed": "1.11.0"}], True),
        ("npm", "not a version", [{"introduced": "0"}, {"fixed": "1.0.0"}], True),
    ],
)
def test_a_version_is_within_the_range_of_an_advisory(
    kind: str, version: str, events: list[dict[str, str]], affected: bool
) -> None:
    ranges = [{"type": "ECOSYSTEM" if kind == "pypi" else "SEMVER", "events": events}]
    assert osv.is_affected(Package(kind, "some", version), {"ranges": ranges}) is affected
    assert osv.is_affected(Package(kind, "some", version), {"versions": [version]})


def test_what_was_withdrawn_is_no_finding(tmp_path: Path) -> None:
    copy = copy_of_osv(tmp_path, advisory("tornado", {"introduced": "0"}, withdrawn="2026-01-01T00:00:00Z"))
    assert osv.findings([TORNADO], copy) == []


def test_a_service_of_python_that_knows_nothing_at_all_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers: dict[str, Any] = {"dependencies": [{"name": "tornado", "version": TORNADO.version, "vulns": []}]}
    monkeypatch.setattr(services, "_json_of", lambda *_: answers)
    monkeypatch.setattr(services, "_of_npm", lambda _: [])
    with pytest.raises(Unchecked, match="knows nothing of jinja2"):
        services.findings([TORNADO], "pypi", "")
    answers["dependencies"].append({"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-1"}]})
    assert services.findings([TORNADO], "pypi", "") == []
    answers["dependencies"][0] = {"name": "tornado", "skip_reason": "not found"}
    with pytest.raises(Unchecked, match="does not know 1 packages"):
        services.findings([TORNADO], "pypi", "")


def test_a_registry_of_npm_that_knows_nothing_at_all_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    package = Package("npm", "some", "1.0.0", locks={"Front/package-lock.json"})
    told: dict[str, Any] = {"vulnerabilities": {}}
    monkeypatch.setattr(services, "_json_of", lambda *_: told)
    with pytest.raises(Unchecked, match="knows nothing of lodash"):
        services._of_npm([package])
    told["vulnerabilities"] = {
        "lodash": {"via": [{"url": "GHSA-2"}]},
        "some": {"via": ["lodash", {"url": "GHSA-3"}]},
    }
    assert [finding.id for finding in services._of_npm([package])] == ["GHSA-3"]
    told.clear()
    with pytest.raises(Unchecked, match="npm audit"):
        services._of_npm([package])
