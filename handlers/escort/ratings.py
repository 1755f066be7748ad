"""What families say of the escort who calls."""

from __future__ import annotations

from typing import Any

from handlers.escort.base import EscortHandler
from handlers.operation import operation
from schemas.escort import RatingsPage, RatingsReply, rating_row

PAGE = 30


class RatingsHandler(EscortHandler):
    @operation(query=RatingsPage, reply=RatingsReply, auth="escort")
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """The ratings of the calling escort, newest first, without the names of those who rated. ``next`` is the
        ``before`` of the next page, 0 on the last one."""
        async with self.services.storage.reading() as reader:
            found = await reader.escort_jobs.rated(self.escort.id, given["before"], PAGE + 1)
        rated = found[:PAGE]
        return {
            "data": [rating_row(order) for order in rated],
            "next": rated[-1].id if len(found) > PAGE else 0,
        }


routes = [(r"/escort/ratings/", RatingsHandler)]
