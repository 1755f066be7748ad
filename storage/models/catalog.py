"""What can be booked and what the mini-program shows about it."""

from __future__ import annotations

from frozen_dataclasses import frozen


@frozen(slots=True)
class Hospital:
    id: int
    name: str
    grade: str
    kind: str
    longitude: str
    latitude: str
    address: str
    phone: str
    introduction: str
    logo: str
    picture: str
    position: int
    archived_at: int | None
    campuses: str = ""
    """One per line, as are the two below: what the order form offers."""
    meeting_points: str = ""
    departments: str = ""


@frozen(slots=True)
class Service:
    """One price variant of a service; variants share their name."""

    id: int
    name: str
    unit: str
    price_fen: int
    summary: str
    introduction: str
    included: str
    """One item per line."""
    notice: str
    picture: str
    position: int
    archived_at: int | None
    takes: str = "half"
    """A ``Takes``."""
    needs_id_number: bool = True
    """Does the hospital's registration need the patient's ID number?"""
    questions: str = ""
    """What the order form asks for this service: a JSON list of questions (docs/visit.md); empty: nothing."""
    step_nodes: str = ""
    """The nodes of its visits, such as 取号, one per line; empty: those that every service has."""
    keywords: str = ""
    """Other words under which it is found, separated by blanks."""


@frozen(slots=True)
class Expert:
    id: int
    hospital_id: int
    name: str
    title: str
    department: str
    specialty: str
    introduction: str
    picture: str
    sample: bool
    position: int
    archived_at: int | None


@frozen(slots=True)
class Banner:
    id: int
    picture: str
    title: str
    link: str
    position: int
    archived_at: int | None


@frozen(slots=True)
class Showcase:
    """A finished escort case that the company tells about on a hospital's page."""

    id: int
    hospital_id: int
    title: str
    body: str
    service_name: str
    visit_date: str
    position: int
    archived_at: int | None


CATALOG_TABLES: dict[str, type] = {
    "hospitals": Hospital,
    "services": Service,
    "experts": Expert,
    "banners": Banner,
    "showcases": Showcase,
}
PICTURE_COLUMNS = {
    "hospitals": ("logo", "picture"),
    "services": ("picture",),
    "experts": ("picture",),
    "banners": ("picture",),
}
"""Every column that names a picture's file: what none of them names is removed from the disk."""
