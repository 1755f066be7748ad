"""Known vulnerabilities from services: pip-audit for Python's packages, ``npm audit`` for the others.

A mirror of a registry may answer every question with "nothing known". Each service is therefore first asked about a
package that is known to be vulnerable; one that does not know it is not believed about ours either.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from config import ROOT
from tools.audit.findings import Finding, Unchecked
from tools.audit.locks import Package

KNOWN = {"pypi": ("jinja2", "2.10"), "npm": ("lodash", "4.17.4")}
"""Versions with advisories of many years' standing."""
SECONDS = 300


def findings(packages: Iterable[Package], service: str, address: str) -> list[Finding]:
    """``service``: of pip-audit (``pypi``, ``osv``); ``address``: of another OSV. Raises Unchecked."""
    python = [package for package in packages if package.kind == "pypi"]
    return [*_of_python(python, service, address), *_of_npm([p for p in packages if p.kind == "npm"])]


def _of_python(packages: list[Package], service: str, address: str) -> list[Finding]:
    by_name = {(package.name, package.version): package for package in packages}
    name, version = KNOWN["pypi"]
    asked = "".join(f"{each}=={locked}\n" for each, locked in {*by_name, (name, version)})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(asked)
        options = ["--osv-url", address] if address else []
        answer = _json_of(
            [
                *(
                    sys.executable,
                    "-m",
                    "pip_audit",
                    "-r",
                    str(file),
                    "--no-deps",
                    "--disable-pip",
                    "-f",
                    "json",
                ),
                *("--progress-spinner", "off", "-s", service, *options),
            ],
            "pip-audit",
        )
    told = answer.get("dependencies", [])
    if not any(each["name"] == name and each.get("vulns") for each in told):
        raise Unchecked(f"pip-audit: the service {address or service} knows nothing of {name} {version}")
    if skipped := [each for each in told if "skip_reason" in each]:
        raise Unchecked(f"pip-audit: the service {address or service} does not know {len(skipped)} packages")
    return [
        Finding(fault["id"], by_name[each["name"], each["version"]], str(fault.get("description", ""))[:120])
        for each in told
        for fault in each.get("vulns", [])
        if (each["name"], each["version"]) in by_name
    ]


def _of_npm(packages: list[Package]) -> list[Finding]:
    by_name: dict[str, list[Package]] = {}
    for package in packages:
        by_name.setdefault(package.name, []).append(package)
    found = []
    for lock in sorted({lock for package in packages for lock in package.locks}):
        for name, versions in _npm_audit((ROOT / lock).parent).items():
            found += [
                Finding(fault, package, "")
                for package in by_name.get(name, [])
                for fault in versions
                if lock in package.locks
            ]
    name, version = KNOWN["npm"]
    with tempfile.TemporaryDirectory() as folder:
        entry = {"version": version, "resolved": f"{name}-{version}.tgz"}
        project = {"name": "known", "version": "1.0.0", "dependencies": {name: version}}
        (Path(folder) / "package.json").write_text(json.dumps(project))
        lock_text = {
            **project,
            "lockfileVersion": 3,
            "packages": {"": project, f"node_modules/{name}": entry},
        }
        (Path(folder) / "package-lock.json").write_text(json.dumps(lock_text))
        if name not in _npm_audit(Path(folder)):
            raise Unchecked(f"npm audit: the registry knows nothing of {name} {version}")
    return found


def _npm_audit(folder: Path) -> dict[str, list[str]]:
    """Advisories by package."""
    answer = _json_of(["npm", "audit", "--json", "--package-lock-only"], "npm audit", folder)
    if "vulnerabilities" not in answer:
        raise Unchecked(f"npm audit: {str(answer.get('message') or 'no answer')[:120]}")
    return {
        name: [str(via.get("url") or via.get("source")) for via in entry["via"] if isinstance(via, dict)]
        for name, entry in answer["vulnerabilities"].items()
    }


def _json_of(command: list[str], what: str, folder: Path = ROOT) -> dict[str, Any]:
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env=dict(os.environ),
            check=False,
        )
        answer = json.loads(ended.stdout)
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError):
        raise Unchecked(f"{what}: no answer from its service") from None
    if not isinstance(answer, dict):
        raise Unchecked(f"{what}: no answer from its service")
    return answer
