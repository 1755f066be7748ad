"""The committed pictures and the seed catalog, as data: no server, no browser."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "static" / "pic"
KEPT = [
    line for line in (ROOT / "tests/data/kept-pictures.txt").read_text(encoding="utf-8").splitlines() if line
]
NAMES: dict[str, str] = json.loads((PICTURES / "names.json").read_text(encoding="utf-8"))
SPEC: dict[str, list[dict[str, Any]]] = json.loads(
    (ROOT / "tests/data/spec-catalog.json").read_text(encoding="utf-8")
)
CATALOG: dict[str, list[dict[str, Any]]] = json.loads(
    (ROOT / "storage/seed/catalog.json").read_text(encoding="utf-8")
)

FORMAT_OF_ENDING = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}
# Bytes a rendered file may have, and its shape: a client lays the page out for that ratio.
BUDGETS = {
    "banner": 60_000,
    "hospital": 40_000,
    "service": 40_000,
    "logo": 15_000,
    "expert": 15_000,
    "avatar": 15_000,
}
RATIOS = {"banner": 750 / 320, "hospital": 2.0, "service": 4 / 3, "logo": 1.0, "expert": 1.0, "avatar": 1.0}
RENDERED = sorted(f for f in PICTURES.rglob("*") if f.suffix in {".png", ".jpg", ".webp"})
BANNER_LINKS = {"", "/pages/services/services", "/pages/service/service?id=4", "/pages/more/more"}


def kind(file: Path) -> str:
    return "logo" if "-logo" in file.name else file.parent.name


def test_every_kept_name_is_in_the_table_and_nothing_else() -> None:
    assert set(NAMES) == {line.removeprefix("static/pic/") for line in KEPT}


@pytest.mark.parametrize("kept", KEPT)
def test_a_kept_name_leads_to_a_picture_of_the_format_of_its_ending(kept: str) -> None:
    file = PICTURES / NAMES[kept.removeprefix("static/pic/")]
    assert file.resolve().is_relative_to(PICTURES)
    with Image.open(file) as picture:
        picture.load()
        assert picture.format == FORMAT_OF_ENDING[kept.rpartition(".")[2]]


def test_a_hospital_name_leads_to_that_hospital_and_a_service_number_to_that_service() -> None:
    ids = {hospital["name"]: hospital["id"] for hospital in SPEC["hospitals"]}
    for kept, file in NAMES.items():
        folder, _, rest = kept.partition("/")
        if folder == "hospital":
            name, _, what = rest.rpartition(".")[0].rpartition("-")
            assert Path(file).stem == (f"{ids[name]}-logo" if what == "Logo" else str(ids[name]))
        elif folder == "service":
            assert Path(file).stem == str(int(rest.split(".")[0]))
        elif folder == "banner":
            assert file == kept
        else:
            assert file.startswith("expert/")


def test_both_photographs_of_one_expert_show_the_same_placeholder() -> None:
    assert NAMES["expert/002-1.jpg"] == NAMES["expert/002-2.jpg"]
    assert len({file for kept, file in NAMES.items() if kept.startswith("expert/")}) == 6


@pytest.mark.parametrize("file", RENDERED, ids=lambda f: str(f.relative_to(PICTURES)))
def test_a_rendered_file_is_what_its_ending_says_small_and_of_its_shape(file: Path) -> None:
    assert file.stat().st_size <= BUDGETS[kind(file)]
    with Image.open(file) as picture:
        assert picture.format == FORMAT_OF_ENDING[file.suffix[1:]]
        assert picture.width / picture.height == pytest.approx(RATIOS[kind(file)], rel=0.01)


def test_every_rendered_file_has_a_source_and_every_source_a_png() -> None:
    rendered = {str(file.relative_to(PICTURES).with_suffix("")) for file in RENDERED}
    sources = {
        str(file.relative_to(PICTURES / "src").with_suffix("")) for file in (PICTURES / "src").rglob("*.svg")
    }
    assert rendered == sources
    assert all((PICTURES / f"{name}.png").is_file() for name in sources)


def test_the_committed_svg_files_are_what_the_tool_draws() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.pictures.draw", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("table", ["hospitals", "services"])
def test_the_seed_agrees_with_the_given_catalog_in_every_given_field(table: str) -> None:
    seeded = {row["id"]: row for row in CATALOG[table]}
    assert len(CATALOG[table]) == len(SPEC[table]) == 14
    for given in SPEC[table]:
        assert {field: seeded[given["id"]][field] for field in given} == given


def test_every_picture_path_of_the_seed_exists() -> None:
    rows = [row for table in CATALOG.values() for row in table]
    paths = [row[field] for row in rows for field in ("picture", "logo") if field in row]
    assert len(paths) == 14 * 2 + 14 + len(CATALOG["experts"]) + len(CATALOG["banners"])
    for path in paths:
        assert path.startswith("static/pic/"), path
        assert (ROOT / path).is_file(), path


def test_hospitals_have_an_introduction_of_two_to_four_sentences_and_no_invented_phone() -> None:
    for hospital in CATALOG["hospitals"]:
        assert 2 <= hospital["introduction"].count("。") <= 4
        assert hospital["phone"] == ""


def test_services_say_what_they_include_and_variants_say_the_same() -> None:
    texts: dict[str, tuple[object, ...]] = {}
    for service in CATALOG["services"]:
        assert 0 < len(service["summary"]) <= 40
        assert 3 <= len(service["included"]) <= 6
        assert service["introduction"]
        assert service["notice"]
        shared = tuple(
            service[field] for field in ("summary", "introduction", "included", "notice", "picture")
        )
        assert texts.setdefault(service["name"], shared) == shared
    assert len(texts) == 11


def test_experts_are_plainly_samples_two_or_three_to_a_hospital() -> None:
    assert len({expert["id"] for expert in CATALOG["experts"]}) == len(CATALOG["experts"])
    for hospital in CATALOG["hospitals"]:
        assert 2 <= sum(expert["hospital_id"] == hospital["id"] for expert in CATALOG["experts"]) <= 3
    for expert in CATALOG["experts"]:
        assert expert["sample"] is True
        assert expert["name"].startswith("示例专家·")
        assert "示例" in expert["introduction"]


def test_four_banners_lead_to_known_pages_and_no_case_is_invented() -> None:
    assert len(CATALOG["banners"]) == 4
    assert all(banner["title"] and banner["link"] in BANNER_LINKS for banner in CATALOG["banners"])
    assert CATALOG["showcases"] == []
