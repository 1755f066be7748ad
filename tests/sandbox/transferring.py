"""Transfers as a merchant asks for them at the stand-in."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1

from sandbox.signing import load_public

PATH = "/v3/fund-app/mch-transfer/transfer-bills"


async def log_in(merchant: Any, person: str = "wang") -> str:
    """The openid of a person who has opened the mini-program."""
    identity = merchant.sandbox.identity
    query = (
        f"appid={identity.appid}&secret={identity.secret}&grant_type=authorization_code&js_code=as:{person}:1"
    )
    reply = await merchant.client.get(f"{merchant.base}/sns/jscode2session?{query}")
    return str(reply.json()["openid"])


def encrypted(merchant: Any, name: str = "王芳") -> str:
    key = load_public(merchant.sandbox.identity.platform_public_key_path)
    padding = OAEP(mgf=MGF1(algorithm=SHA1()), algorithm=SHA1(), label=None)
    return base64.b64encode(key.encrypt(name.encode(), padding)).decode()


def request(
    merchant: Any, openid: str, number: str = "T1", fen: int = 10_000, **changes: Any
) -> dict[str, Any]:
    return {
        "appid": merchant.sandbox.identity.appid,
        "out_bill_no": number,
        "transfer_scene_id": "1005",
        "openid": openid,
        "transfer_amount": fen,
        "transfer_remark": "陪诊报酬",
        "notify_url": merchant.notify_url,
        "user_recv_perception": "劳务报酬",
        "transfer_scene_report_infos": [
            {"info_type": "岗位类型", "info_content": "陪诊员"},
            {"info_type": "报酬说明", "info_content": "陪诊服务报酬"},
        ],
        **changes,
    }


async def transfer(merchant: Any, openid: str, number: str = "T1", fen: int = 10_000, **changes: Any) -> Any:
    return await merchant.call("POST", PATH, request(merchant, openid, number, fen, **changes))


async def query(merchant: Any, number: str = "T1") -> Any:
    return await merchant.call("GET", f"{PATH}/out-bill-no/{number}")


async def state_of(merchant: Any, number: str = "T1") -> str:
    return str((await query(merchant, number)).json()["state"])


async def cancel(merchant: Any, number: str = "T1") -> Any:
    return await merchant.call("POST", f"{PATH}/out-bill-no/{number}/cancel")


async def payee(merchant: Any, package: str, openid: str, outcome: str = "confirm") -> Any:
    wish = {"package": package, "openid": openid, "outcome": outcome}
    return await merchant.post("transfers/payee/", wish)


def said(reply: Any) -> tuple[int, str]:
    return reply.status_code, str(reply.json().get("code", ""))
