"""The bill of materials (CycloneDX 1.6, JSON), written by the standard's own library and validated with its schema.

The same locks give the same file: its serial number is made of its content, its time is that of the newest lock.
"""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from config import ROOT, VERSION
from tools.audit.licences import licence_of
from tools.audit.locks import Package, lock_files

FILE = ROOT / "build" / "sbom.cdx.json"
SCHEMA = SchemaVersion.V1_6
_ALGORITHMS = {"sha1": HashAlgorithm.SHA_1, "sha256": HashAlgorithm.SHA_256, "sha512": HashAlgorithm.SHA_512}
NAMESPACE = uuid.UUID("5a0b6f2e-2f0c-5e0e-9a53-9d9a6f1d6a10")


def write(packages: Sequence[Package], file: Path = FILE) -> Path:
    """Raises ValueError when the result does not fit the schema."""
    text = document(packages)
    if problem := JsonStrictValidator(SCHEMA).validate_str(text):
        raise ValueError(f"the SBOM does not fit its schema: {problem}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def document(packages: Sequence[Package]) -> str:
    components = [_component(package) for package in packages]
    told = json.dumps([str(component.purl) for component in components])
    product = Component(
        type=ComponentType.APPLICATION, name="HospitalAppointment", version=VERSION, bom_ref="product"
    )
    bom = Bom(
        serial_number=uuid.uuid5(NAMESPACE, f"{VERSION}{told}"),
        components=components,
        metadata=BomMetaData(timestamp=_newest_lock(), component=product),
    )
    bom.register_dependency(product, [each for each in components if each.scope is ComponentScope.REQUIRED])
    return str(make_outputter(bom, OutputFormat.JSON, SCHEMA).output_as_string(indent=2))


def _component(package: Package) -> Component:
    group, _, name = package.name.rpartition("/")
    purl = PackageURL(package.kind, group or None, name, package.version)
    hashes = [HashType(alg=_ALGORITHMS[kind], content=digest) for kind, digest in sorted(package.hashes)]
    return Component(
        type=ComponentType.LIBRARY,
        group=group or None,
        name=name,
        version=package.version,
        purl=purl,
        bom_ref=str(purl),
        scope=ComponentScope.EXCLUDED if package.development else ComponentScope.REQUIRED,
        licenses=[LicenseFactory().make_from_string(licence_of(package))],
        # A wheel for each system has a hash of its own; only where there is one file is it the component's.
        hashes=hashes if len(hashes) == 1 else [],
    )


def _newest_lock() -> datetime:
    files = [str(file) for file in lock_files()]
    told = subprocess.run(
        ["git", "log", "-1", "--format=%ct", "--", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return datetime.fromtimestamp(int(told.stdout or 0), UTC)
