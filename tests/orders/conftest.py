"""The scene of acts, and how their text files are written."""

from __future__ import annotations

import pytest
from tornado.ioloop import IOLoop

from storage import Storage
from tests.orders import acts
from tests.orders.acts import Act
from tests.orders.scene import Scene, build


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-acts", action="store_true", help="write what acts change into their text files"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``act``: each of those that are written in the module."""
    if "act" in metafunc.fixturenames:
        found = acts.acts_of(vars(metafunc.module))
        metafunc.parametrize("act", found, ids=[each.__name__ for each in found])


@pytest.fixture
def scene(storage: Storage, io_loop: IOLoop) -> Scene:
    """Two users with all that belongs to them, and three escorts."""
    return io_loop.run_sync(lambda: build(storage))


@pytest.fixture
def check_act(request: pytest.FixtureRequest, io_loop: IOLoop):
    """Holds what an act changes against the text file, or writes it there."""
    file = str(request.path)
    rewrite = request.config.getoption("--rewrite-acts", False)

    async def check(scene: Scene, act: Act) -> None:
        found = await acts.told_of(scene, act)
        name = act.__name__.replace("_", " ")
        if rewrite:
            order = [each.__name__.replace("_", " ") for each in acts.acts_of(vars(request.module))]
            acts.write(file, name, found, order)
        assert found == acts.expected_of(file).get(name)

    return check
