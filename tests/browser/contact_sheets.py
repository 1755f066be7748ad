"""Joins pictures of pages into a few small ones, which the README shows."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

SHEETS: dict[str, tuple[str, ...]] = {
    "home": ("home", "home-search", "services", "service"),
    "hospital": ("hospital", "hospital-intro", "experts", "expert"),
    "form": ("form", "form-hospital", "form-who", "form-pay"),
    "pay": ("form-previous", "form-terms", "cashier", "order-thanks"),
    "order": ("order-unpaid", "order-paid", "order-serving", "order-rate"),
    "visit": ("order-move", "order-consent", "escorts-shown", "escort"),
    "family": ("order-invite", "invitation", "orders-shared", "order-told"),
    "escort": ("desk", "desk-busy", "job", "job-troubles"),
    "escort-days": ("report-rows", "calendar-day", "ratings", "introduction"),
    "refund": ("order-refund", "order-refunding", "order-rejected", "order-refunded"),
    "orders": ("orders", "patients", "patient-edit", "patient-edit-minor"),
    "me": ("me", "profile", "escort-apply", "contact"),
    "more": ("more", "escorts", "cases", "cases-empty"),
    "law": ("terms", "privacy", "my-data", "my-data-delete"),
    "states": ("home-loading", "home-failed", "home-empty", "patients-empty"),
    "large": ("home-large", "service-large", "form-large", "me-large"),
}
"""Name of the sheet: names of its pictures."""
PHONE = (280, 607)
"""px of one phone: what is longer is cut."""
GAP = 20
GROUND = "#dfe8e6"
MAX_BYTES = 60_000


def write_sheets(pictures: Path, out: Path) -> None:
    """``NAME.webp`` for every sheet, each of at most MAX_BYTES."""
    out.mkdir(parents=True, exist_ok=True)
    for name, parts in SHEETS.items():
        sheet = _join([Image.open(pictures / f"{part}.png").convert("RGB") for part in parts])
        _save(sheet, out / f"{name}.webp")


def _join(pictures: list[Image.Image]) -> Image.Image:
    width, height = PHONE
    sheet = Image.new("RGB", (GAP + len(pictures) * (width + GAP), height + 2 * GAP), GROUND)
    for index, picture in enumerate(pictures):
        tall = round(picture.height * width / picture.width)
        small = picture.resize((width, tall), Image.Resampling.LANCZOS).crop((0, 0, width, min(tall, height)))
        sheet.paste(small, (GAP + index * (width + GAP), GAP))
    return sheet


def _save(sheet: Image.Image, file: Path) -> None:
    for quality in range(85, 25, -5):
        sheet.save(file, "WEBP", quality=quality, method=6)
        if file.stat().st_size <= MAX_BYTES:
            return
    raise ValueError(f"{file.name} does not fit into {MAX_BYTES} bytes")
