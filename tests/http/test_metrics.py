"""What a monitoring system reads: right numbers, only with the token, and nothing about a person."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from clock import MINUTE
from config import ROOT, ConfigError, load_settings
from handlers.monitoring import metrics
from handlers.monitoring.job_health import LATE_AFTER
from storage import StorageUnavailable
from tests.http.client import PATIENT, Client, check_failure
from tests.http.conftest import StartProduct
from tests.http.product import Product, until

TOKEN = "a-token-of-the-monitoring"


async def scrape(client: Client, token: str = TOKEN) -> httpx.Response:
    return await client.send("GET", "metrics/", headers={"Authorization": f"Bearer {token}"})


async def values(client: Client) -> dict[str, float]:
    """Each sample by its name and labels, as it is written."""
    answer = await scrape(client)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_without_the_setting_there_is_no_such_address(product: Product) -> None:
    client = await product.client()
    for token in ("x", "None", TOKEN):
        assert check_failure(await scrape(client, token))["error"] == "not_found"


async def test_without_the_token_nothing_is_read(start_product: StartProduct) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    user = await product.login("li")
    for header in (
        "",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {user.warrant}",
    ):
        answer = await user.send("GET", "metrics/", headers={"Authorization": header})
        assert check_failure(answer)["error"] == "unauthorized", header
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "hospital_" not in answer.text
    assert product.logs.text.count("GET /metrics/ 401") == 6, "who guesses is seen"
    await scrape(user)
    assert "GET /metrics/ 200" not in product.logs.text
    assert (await user.send("GET", "metrics/", params={"warrant": TOKEN})).status_code == 401


async def test_the_manual_names_everything_that_can_be_read(start_product: StartProduct) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    manual = (ROOT / "docs" / "operation.md").read_text("utf-8")
    known = {name.partition("[")[0] for name in await values(await product.client())}
    text = (await scrape(await product.client())).text
    known |= set(re.findall(r'hospital_waiting\{what="([a-z_]+)"\}', text)) | set(LATE_AFTER)
    ours = {name for name in known if not name.startswith(("python_", "process_"))}
    assert len(ours) > 40, "a look at nothing finds nothing"
    endings = ("_bucket", "_count", "_sum", "_created")
    ours = {name for name in ours if not name.endswith(endings) or name in LATE_AFTER}
    assert {name for name in ours if not re.search(rf"`{name}[`{{]", manual)} == set()


async def test_requests_are_counted_by_route_whatever_is_asked_for(start_product: StartProduct) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    client = await product.client()
    for number in range(5):
        await client.send("GET", f"catalog/hospitals/{9000 + number}/")
        await client.send("GET", f"nowhere/{number}/")
        await client.send(f"ODD{number}", "nowhere/")
        await client.send(f"ODD{number}", "healthz/")
    await client.send("GET", "healthz/")
    found = await values(client)
    counted = {name: value for name, value in found.items() if name.startswith("hospital_requests_total")}
    assert counted == {
        "hospital_requests_total['/catalog/hospitals/{id}/', '404', 'GET']": 5,
        "hospital_requests_total['404', 'other', 'other']": 10,
        "hospital_requests_total['/healthz/', '405', 'other']": 5,
        "hospital_requests_total['/healthz/', '200', 'GET']": 1,
    }
    assert found["hospital_request_seconds_count['/catalog/hospitals/{id}/']"] == 5
    assert found["hospital_requests_in_flight[]"] == 1, "the one that asks"


async def test_it_tells_what_waits_and_how_the_work_beside_the_requests_does(
    start_product: StartProduct,
) -> None:
    product = await start_product(server={"metrics_token": TOKEN}, background=True)
    user = await product.login("li")
    await until(lambda: product.count("jobs"))
    before = await values(user)
    order_id = await product.paid_order(user)
    shown = (await user.get("user/getOrder/", id=order_id))["refund"]["amount"]
    await user.post("user/refund1order/", id=order_id, reason="来不了", amount=shown)
    await user.post("user/apply2be1caregiver/", name="王芳", phone="13811112222")
    text = (await scrape(user)).text
    assert before["hospital_draining[]"] == 0
    product.services.draining = True
    after = await values(user)
    assert (before["hospital_waiting['refund_requests']"], after["hospital_waiting['refund_requests']"]) == (
        0,
        1,
    )
    assert (before["hospital_waiting['escorts']"], after["hospital_waiting['escorts']"]) == (0, 1)
    assert after["hospital_waiting['mismatches']"] == 0
    for what in ("today_without_escort", "overdue", "escort_unavailable", "low_ratings"):
        assert after[f"hospital_waiting['{what}']"] == 0
    assert after["hospital_database_up[]"] == 1
    assert after["hospital_draining[]"] == 1

    async def swept() -> bool:
        found = await values(user)
        age = product.clock() / 1000 - found.get("hospital_job_finished_timestamp_seconds['sweep']", 0)
        return -1 < age < 60 and found["hospital_job_failing['sweep']"] == 0

    await until(swept, 10)
    for personal in (*PATIENT.values(), "王芳", "13811112222", "来不了", user.warrant, TOKEN):
        if len(personal) > 1:
            assert personal not in text


async def test_messages_and_failures_are_counted(start_product: StartProduct) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    client = await product.client()
    at = product.clock()
    async with product.storage.transaction() as tx:
        for number in range(3):
            await tx.outbox.add("paid", str(number), 1, "{}", at)
        await tx.outbox.finish(1, "sent", at, None)
        await tx.jobs.claim("sweep", "test", at, at)
        await tx.jobs.finish("sweep", "test", at, "{}", "1 failed", at)
        await tx.commit()
    found = await values(client)
    assert found["hospital_messages_waiting[]"] == 2
    assert found["hospital_job_failing['sweep']"] == 1
    assert found["hospital_job_finished_timestamp_seconds['sweep']"] == pytest.approx(at / 1000)
    assert found["hospital_job_late['sweep']"] == 0
    product.clock.move(6 * MINUTE)
    assert (await values(client))["hospital_job_late['sweep']"] == 1


async def test_no_label_is_one_that_prometheus_gives_itself(start_product: StartProduct) -> None:
    """It would rename ours: ``job`` to ``exported_job``."""
    product = await start_product(server={"metrics_token": TOKEN}, background=True)
    await until(lambda: product.count("jobs"))
    text = (await scrape(await product.client())).text
    labels = {
        label
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for label in sample.labels
    }
    assert "task" in labels
    assert not labels & {"job", "instance", "exported_job", "exported_instance"}


async def test_every_job_has_a_row_soon_after_the_start(start_product: StartProduct) -> None:
    product = await start_product(server={"metrics_token": TOKEN}, background=True)
    client = await product.client()

    async def all_there() -> bool:
        found = await values(client)
        return all(found.get(f"hospital_job_late['{name}']") == 0 for name in LATE_AFTER)

    await until(all_there, 10)


async def test_a_frozen_database_does_not_take_the_other_numbers_along(
    start_product: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    client = await product.client()

    @asynccontextmanager
    async def frozen() -> AsyncIterator[Any]:
        await asyncio.sleep(60)
        yield

    monkeypatch.setattr(metrics, "DATABASE_SECONDS", 0.05)
    with monkeypatch.context() as patch:
        patch.setattr(product.storage, "reading", frozen)
        found = await values(client)
    assert found["hospital_database_up[]"] == 0
    assert "hospital_requests_in_flight[]" in found


async def test_a_database_that_cannot_be_reached_is_a_number_too(
    start_product: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    client = await product.client()

    def away() -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(product.storage, "reading", away)
        assert (await client.send("GET", "healthz/")).status_code == 503
        found = await values(client)
    assert found["hospital_database_up[]"] == 0
    assert found["hospital_requests_total['/healthz/', '503', 'GET']"] == 1
    assert not [name for name in found if name.startswith("hospital_waiting")]
    assert (await values(client))["hospital_database_up[]"] == 1


def test_a_token_that_is_too_short_stops_the_start(tmp_path: Path) -> None:
    for token in ("brief", "字" * 20, "with a blank in it"):
        (tmp_path / "config.toml").write_text(f'[server]\nmetrics_token = "{token}"\n', "utf-8")
        with pytest.raises(ConfigError, match="metrics_token") as refused:
            load_settings(tmp_path, tmp_path / "config.toml", {})
        assert token not in str(refused.value)
