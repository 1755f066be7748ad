"""The public catalog: hospitals, services, experts."""

from __future__ import annotations

from typing import Any

from handlers.api_handler import ApiHandler
from handlers.errors import not_found
from handlers.operation import operation
from personal.names import search_form
from schemas.catalog import CatalogReply, ExpertReply, ExpertSearch, ExpertsReply, HospitalReply, ServiceReply


class CatalogHandler(ApiHandler):
    @operation(reply=CatalogReply)
    async def get(self) -> None:
        """Banners, hospitals and services in one reply, with an ETag: unchanged, it is 304 and empty."""
        snapshot = await self.services.catalog.get()
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Etag", snapshot.etag)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        if self.check_etag_header():
            self.set_status(304)
            return
        self.finish(snapshot.body)


class HospitalHandler(ApiHandler):
    @operation(reply=HospitalReply, errors=(404,))
    async def get(self, hospital_id: str) -> dict[str, Any]:
        """A hospital with its introduction, experts and finished escort cases."""
        snapshot = await self.services.catalog.get()
        hospital = snapshot.hospitals.get(int(hospital_id))
        if hospital is None:
            raise not_found()
        return {
            "hospital": hospital,
            "experts": snapshot.experts_of.get(hospital["id"], []),
            "cases": snapshot.showcases_of.get(hospital["id"], []),
        }


class ServiceHandler(ApiHandler):
    @operation(reply=ServiceReply, errors=(404,))
    async def get(self, service_id: str) -> dict[str, Any]:
        """A service: description, what is included, notice, price variants."""
        snapshot = await self.services.catalog.get()
        service = snapshot.services.get(int(service_id))
        if service is None:
            raise not_found()
        return {"service": self.services.catalog.service_detail(service, snapshot)}


class ExpertsHandler(ApiHandler):
    @operation(query=ExpertSearch, reply=ExpertsReply)
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """Experts of a hospital or of all, narrowed by words in name, title, department or specialty."""
        snapshot = await self.services.catalog.get()
        if given["hospital_id"] is not None:
            experts = snapshot.experts_of.get(given["hospital_id"], [])
        else:
            experts = [expert for group in snapshot.experts_of.values() for expert in group]
        words = search_form(given["words"])
        if words:
            experts = [expert for expert in experts if words in _searchable(expert)]
        return {"experts": experts}


def _searchable(expert: dict[str, Any]) -> str:
    return "\n".join(
        search_form(str(expert[name]), 1_000)
        for name in ("name", "title", "department", "specialty", "hospitalName")
    )


class ExpertHandler(ApiHandler):
    @operation(reply=ExpertReply, errors=(404,))
    async def get(self, expert_id: str) -> dict[str, Any]:
        """One expert. ``sample`` marks example data."""
        expert = (await self.services.catalog.get()).experts.get(int(expert_id))
        if expert is None:
            raise not_found()
        return {"expert": expert}


ID = r"([0-9]{1,18})"
routes = [
    (r"/catalog/", CatalogHandler),
    (rf"/catalog/hospitals/{ID}/", HospitalHandler),
    (rf"/catalog/services/{ID}/", ServiceHandler),
    (r"/catalog/experts/", ExpertsHandler),
    (rf"/catalog/experts/{ID}/", ExpertHandler),
]
