"""A visit that is over reminds of nothing: what waits to be sent is not sent, who has answered stays."""

from __future__ import annotations

import pytest

from orders import serving
from storage import Storage
from tests.messages.reminding import ADMIN, SIX, build


@pytest.mark.promise(33)
async def test_what_waits_to_be_sent_is_not_sent_once_the_visit_is_over(storage: Storage) -> None:
    scene = await build(storage)
    assert await scene.send(SIX) > 0
    assert await scene.told() != []
    await storage.run(lambda tx: serving.finish(tx, scene.order_id, ADMIN, SIX + 1))
    assert await scene.told() == []
