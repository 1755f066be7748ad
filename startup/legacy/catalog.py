"""Hospitals and services of the older system. Ours with the same number stay; those that we lack come archived."""

from __future__ import annotations

from startup.legacy.conversion import Price, read_price, takes_of_unit
from startup.legacy.report import ImportReport, Outcome
from startup.legacy.source import LegacyData, LegacyHospital, LegacyService
from storage import Transaction


async def import_catalog(
    tx: Transaction, data: LegacyData, report: ImportReport, at: int
) -> dict[int, Price]:
    """Account for every hospital and service; the prices that are in force here, by the service's number."""
    for hospital in data.hospitals:
        await _hospital(tx, hospital, report, at)
    for service in data.services:
        await _service(tx, service, report, at)
    return {
        service.id: Price(service.price_fen, service.unit)
        for service in await tx.catalog.services(archived=True)
        if service.price_fen > 0
    }


async def _hospital(tx: Transaction, hospital: LegacyHospital, report: ImportReport, at: int) -> None:
    known = await tx.catalog.hospital(hospital.id)
    if known is not None:
        report.count("app_hospital", Outcome.ALREADY_THERE)
        if known.name != hospital.name:
            report.remark("app_hospital", hospital.id, "名称与现在的目录不同：订单保留旧名称，目录不变")
        return
    await tx.catalog.add(
        "hospitals",
        {
            "id": hospital.id,
            "name": hospital.name,
            **dict.fromkeys(
                (
                    "grade",
                    "kind",
                    "longitude",
                    "latitude",
                    "address",
                    "phone",
                    "introduction",
                    "logo",
                    "picture",
                ),
                "",
            ),
            "position": hospital.id * 10,
            "archived_at": at,
        },
    )
    report.count("app_hospital", Outcome.IMPORTED)
    report.remark("app_hospital", hospital.id, "目录中没有：以停用状态加入，补全后可启用")


async def _service(tx: Transaction, service: LegacyService, report: ImportReport, at: int) -> None:
    known, price = await tx.catalog.service(service.id), read_price(service.price_text)
    if price is None:
        report.remark("app_service", service.id, "价格无法识别")
    if known is not None:
        report.count("app_service", Outcome.ALREADY_THERE)
        if known.name != service.name or (price and price.amount_fen != known.price_fen):
            report.remark("app_service", service.id, "名称或价格与现在的目录不同：订单保留旧的，目录不变")
        return
    await tx.catalog.add(
        "services",
        {
            "id": service.id,
            "name": service.name,
            "unit": (unit := price.unit if price else "次"),
            "takes": takes_of_unit(unit),
            "price_fen": price.amount_fen if price else 0,
            **dict.fromkeys(("summary", "introduction", "included", "notice", "picture"), ""),
            "position": service.id * 10,
            "archived_at": at,
        },
    )
    report.count("app_service", Outcome.IMPORTED)
    report.remark("app_service", service.id, "目录中没有：以停用状态加入，核对价格后可启用")
