"""Pictures to upload, and uploading one as an avatar."""

from __future__ import annotations

import io

from PIL import Image

from tests.http.client import Client


def picture(size: tuple[int, int] = (600, 400), kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


async def upload(user: Client, content: bytes, name: str = "avatar", status: int = 200) -> dict[str, str]:
    answer = await user.send("POST", "user/avatar/", files={name: ("me.png", content, "image/png")})
    assert answer.status_code == status, answer.text
    body: dict[str, str] = answer.json()
    return body
