"""What an audit finds, and that it could not look."""

from __future__ import annotations

from dataclasses import dataclass

from tools.audit.locks import Package


@dataclass(frozen=True)
class Finding:
    """A known vulnerability of a package that is locked. ``id``: of the advisory."""

    id: str
    package: Package
    summary: str

    def line(self) -> str:
        where = ", ".join(sorted(self.package.locks))
        return f"{self.package.name} {self.package.version} ({where}): {self.id} {self.summary}"


class Unchecked(Exception):
    """No source of advisories was reached, or it knows nothing; the text says which, in one line."""
