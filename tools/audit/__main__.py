"""Audit everything in the lock files: ``make audit``, or a part of it: ``tools/audit/run licences sbom``.

vulnerabilities  known faults; from a copy of OSV (``--osv DIR`` or AUDIT_OSV), otherwise from pip-audit's service
                 (AUDIT_SERVICE, AUDIT_OSV_URL) and the registry of npm. Where none answers, or one knows nothing at
                 all, it says NOT CHECKED and exits with 3.
licences         every package's licence is known and among those in ``decisions.toml``
wheels           every package has a wheel for each supported Python
sbom             ``build/sbom.cdx.json``

Exit code 1: something was found. Whatever could not be looked at is never green.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from config import ROOT
from tools.audit import licences, osv, sbom, services
from tools.audit.findings import Finding, Unchecked
from tools.audit.locks import Package, packages

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
PARTS = ("licences", "sbom", "wheels", "vulnerabilities")
FOUND, NOT_CHECKED = 1, 3


def accepted(finding: Finding) -> bool:
    """Has somebody decided that a fault does not concern us, until a day that has not come?"""
    today = datetime.now(UTC).date()
    return any(
        each["id"] == finding.id and each["package"] == finding.package.name and each["until"] >= today
        for each in licences.decisions().get("accepted", [])
    )


def audit_licences(found: Sequence[Package]) -> int:
    wrong = [
        f"{package.kind} {package.name} {package.version}: {why}"
        for package in found
        if (why := licences.why_not(package))
    ]
    print(f"licences: {len(found) - len(wrong)} of {len(found)} packages have one that is taken")
    for line in wrong:
        print(f"    {line}")
    return FOUND if wrong else 0


def audit_wheels() -> int:
    problems = 0
    for python in PYTHONS:
        for platform in PLATFORMS:
            missing = _without_wheels(python, platform)
            problems += bool(missing)
            print(f"wheels: Python {python} on {platform}: {missing or 'all there'}")
    return FOUND if problems else 0


def _without_wheels(python: str, platform: str) -> str:
    """What uv says is missing, in one line; empty where everything that runs at a customer's is there."""
    asked = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "uv",
                "pip",
                "install",
                "--dry-run",
                "--quiet",
                "--no-config",
                "--no-deps",
            ),
            *("--target", str(ROOT / "build" / "no-packages"), "--only-binary", ":all:", "--require-hashes"),
            *("--python-version", python, "--python-platform", platform, "-r", "requirements.lock"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if asked.returncode == 0 else " ".join(asked.stderr.split())[:200] or "uv failed"


def audit_vulnerabilities(found: Sequence[Package], copy: str) -> int:
    try:
        if copy:
            faults, source = osv.findings(found, Path(copy)), f"the copy of OSV in {copy}"
        else:
            service, address = os.environ.get("AUDIT_SERVICE", "pypi"), os.environ.get("AUDIT_OSV_URL", "")
            faults, source = services.findings(found, service, address), "pip-audit and npm audit"
    except Unchecked as problem:
        print(f"vulnerabilities: NOT CHECKED: {problem}")
        return NOT_CHECKED
    open_faults = [fault for fault in faults if not accepted(fault)]
    left = f"{len(faults) - len(open_faults)} accepted; {source}"
    print(f"vulnerabilities: {len(open_faults)} in {len(found)} packages, {left}")
    for fault in open_faults:
        print(f"    {fault.line()}")
    return FOUND if open_faults else 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="tools/audit/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (all)")
    parser.add_argument("--osv", default=os.environ.get("AUDIT_OSV", ""), metavar="DIR", help="a copy of OSV")
    given = parser.parse_args(arguments)
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    parts, found, codes = given.parts or PARTS, packages(), [0]
    if "licences" in parts:
        codes.append(audit_licences(found))
    if "sbom" in parts:
        print(f"sbom: {sbom.write(found).relative_to(ROOT)}, {len(found)} components, fits its schema")
    if "wheels" in parts:
        codes.append(audit_wheels())
    if "vulnerabilities" in parts:
        codes.append(audit_vulnerabilities(found, given.osv))
    return FOUND if FOUND in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
