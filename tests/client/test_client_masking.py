"""What the panel shows of requests: people share pictures of it, so nothing secret or personal may stand in them."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from sandbox.client.node import Node
from tests.client.conftest import evaluate

MASKING = "runtime/wx/masking.js"
SECRETS = {
    "warrant": "very-secret-words",
    "js_code": "as:lisi:0123456789ab",
    "paySign": "c2lnbmF0dXJl",
    "password": "correct horse",
    "idcard": "E12345678",
    "phone": "029-8888 8888",
}
PLAIN = {"name": "patient", "more": "wheelchair", "code": "0"}


def masked(node: Node, body: str) -> str:
    return str(evaluate(node, MASKING, f"m.maskBody({json.dumps(body)})"))


@pytest.mark.parametrize("encode", [json.dumps, urlencode], ids=["JSON", "form"])
def test_secrets_and_personal_data_are_hidden_by_their_names(node: Node, encode: object) -> None:
    assert callable(encode)
    shown = masked(node, encode({**PLAIN, **SECRETS}))
    for name, secret in SECRETS.items():
        assert name in shown
        assert secret not in shown
        assert urlencode({"": secret})[1:] not in shown
    for word in ("patient", "wheelchair"):
        assert word in shown


def test_they_are_found_deep_inside_and_in_the_midst_of_a_text(node: Node) -> None:
    body = {
        "data": {"patients": [{"idcard": "G87654321", "phone": "010-66668888"}], "more": "请打 13812345678"}
    }
    shown = masked(node, json.dumps(body, ensure_ascii=False))
    for secret in ("G87654321", "66668888", "13812345678"):
        assert secret not in shown
    assert "138••••5678" in shown
    assert masked(node, "11010519491231002X") == "110105••••••••002X"


def test_what_the_server_has_masked_stays_as_it_came(node: Node) -> None:
    shown = masked(node, json.dumps({"code": 0, "idcard": "E1*****78", "phone": "138****5678", "mobile": ""}))
    assert json.loads(shown) == {"code": 0, "idcard": "E1*****78", "phone": "138****5678", "mobile": ""}


def test_a_path_is_masked_too(node: Node) -> None:
    path = "?code=as:lisi:01&phone=029-88888888&page=2"
    assert evaluate(node, MASKING, f"m.maskPath({json.dumps(path)})") == "?code=•••&phone=•••&page=2"
