"""An escort reads their own ratings."""

from __future__ import annotations

import pytest

from handlers.escort import ratings
from tests.escort.escorts import apply_as_escort, escort_of
from tests.http.product import Product


async def rated_orders(product: Product, escort_id: int, number: int) -> list[int]:
    """Finished orders of the escort that were rated, the oldest first."""
    user = await product.login("li")
    ids = []
    for stars in range(1, number + 1):
        order_id = await product.paid_order(user)
        async with product.storage.transaction() as tx:
            await tx.connection.execute(
                "UPDATE orders SET state = 'finished', escort_id = :escort, stars = :stars, comment = '很好', "
                "rating_tags = '准时 耐心', rating_answer = '谢谢' WHERE id = :id",
                {"escort": escort_id, "stars": stars, "id": order_id},
            )
            await tx.commit()
        ids.append(order_id)
    return ids


async def test_an_escort_reads_their_own_ratings_and_nobody_elses(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ratings, "PAGE", 2)
    escort, other = await apply_as_escort(product, "wang"), await apply_as_escort(product, "zhao")
    assert await escort.get("escort/ratings/") == {"code": 0, "data": [], "next": 0}
    ids = await rated_orders(product, await escort_of(product, escort), 3)
    first = await escort.get("escort/ratings/")
    assert [row["stars"] for row in first["data"]] == [3, 2]
    assert first["data"][0] == {
        "day": product.day(),
        "stars": 3,
        "comment": "很好",
        "tags": ["准时", "耐心"],
        "answer": "谢谢",
    }
    assert first["next"] == ids[1]
    last = await escort.get("escort/ratings/", before=first["next"])
    assert ([row["stars"] for row in last["data"]], last["next"]) == ([1], 0)
    assert (await other.get("escort/ratings/"))["data"] == []
