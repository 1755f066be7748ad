"""Who may send a large body is known by the token in a header, before any of it is read; and what a picture that was
sent leaves behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tornado.httputil import HTTPFile, HTTPHeaders, HTTPServerRequest, RequestStartLine

from accounts.tokens import token_hash
from catalog.picture_refusals import TOO_COSTLY, NotAPicture, TooCostly, TooManyPixels
from handlers.api_handler import ApiHandler
from handlers.errors import ApiError
from handlers.escort.picture_upload import EscortPictureUpload
from handlers.picture_uploads import HEIC, TOO_MANY_PIXELS, UNUSABLE, PictureUpload, sender
from privacy import Vault, new_key
from refusals import Refused
from sealed_files import DocumentFiles
from storage import StorageUnavailable
from storage.models import EscortState, SentIn, Session
from tests.escort.escorts import apply_as_escort, user_of
from tests.http.client import Client
from tests.http.conftest import StartProduct
from tests.http.product import Product


def request_with(query: str = "", **headers: str) -> HTTPServerRequest:
    line = RequestStartLine("POST", f"/user/complaintPhoto/{query}", "HTTP/1.1")
    return HTTPServerRequest(headers=HTTPHeaders({"Host": "here", **headers}), start_line=line)


async def who(product: Product, query: str = "", **headers: str) -> int | None:
    """The id of the user who is found by these headers."""
    found = await sender(product.services, request_with(query, **headers))
    return None if found is None else found.id


async def session_of(product: Product, user: Client) -> Session:
    async with product.storage.reading() as reader:
        found = await reader.sessions.find(token_hash(user.warrant))
    assert found is not None
    return found[0]


async def test_a_sender_is_the_user_whose_token_stands_in_a_header(product: Product) -> None:
    li, wang = await product.login("li"), await product.login("wang")
    for user in (li, wang):
        own = await user_of(product, user)
        assert await who(product, Authorization=f"Bearer {user.warrant}") == own
        assert await who(product, Authorization=f"bearer  {user.warrant} ") == own
        assert await who(product, Warrant=user.warrant) == own
    both = {"Authorization": f"Bearer {wang.warrant}", "Warrant": li.warrant}
    assert await who(product, **both) == await user_of(product, wang)


async def test_a_token_anywhere_else_names_no_sender(product: Product) -> None:
    user = await product.login("li")
    for elsewhere in (
        {"query": f"?warrant={user.warrant}"},
        {"Cookie": f"warrant={user.warrant}"},
        {"Authorization": f"Basic {user.warrant}"},
        {"Authorization": user.warrant},
    ):
        assert await who(product, **elsewhere) is None, elsewhere


async def test_what_is_no_token_is_not_looked_up(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise AssertionError("the database was asked")

    with monkeypatch.context() as patch:
        patch.setattr(product.storage, "reading", away)
        assert await who(product) is None
        for token in ("", "x" * 15, "x" * 256, "十" * 15 + "\x7f"):
            assert await who(product, Warrant=token) is None, token


async def test_a_token_that_nobody_has_names_no_sender(product: Product) -> None:
    user = await product.login("li")
    assert await who(product, Warrant=user.warrant[:-1] + "~") is None


async def test_a_session_that_was_ended_names_no_sender_and_another_device_does(product: Product) -> None:
    ended, kept = await product.login("li"), await product.login("li")
    await ended.post("user/logout/")
    assert await who(product, Warrant=ended.warrant) is None
    assert await who(product, Warrant=kept.warrant) == await user_of(product, kept)


async def test_a_sender_is_known_until_the_moment_at_which_the_session_is_over(product: Product) -> None:
    user = await product.login("li")
    session = await session_of(product, user)
    for before, found in ((1, session.user_id), (0, None)):
        services = cast(Any, SimpleNamespace(**vars(product.services)))
        services.clock = lambda before=before: session.expires_at - before
        known = await sender(services, request_with(Warrant=user.warrant))
        assert (known and known.id) == found


async def test_the_token_of_a_released_client_does_not_end_by_time_in_a_header_either(
    start_product: StartProduct,
) -> None:
    product = await start_product(users={"released_clients_end": "2027-01-01"})
    user = await product.login("li")
    session = await session_of(product, user)
    at = product.clock()
    await product.storage.run(lambda tx: tx.sessions.touch(session.id, at, session.expires_at, SentIn.FIELD))
    product.clock.move(session.expires_at - at + 1)
    settings = product.services.settings
    product.services.settings = settings.replace("users", released_clients_end="")
    assert await who(product, Warrant=user.warrant) == session.user_id


@pytest.mark.parametrize("column", ["disabled_at", "deleted_at"])
async def test_who_is_disabled_or_has_left_is_no_sender_although_a_session_is_left(
    product: Product, column: str
) -> None:
    user, other = await product.login("li"), await product.login("wang")
    gone = await user_of(product, user)
    await product.storage.run(
        lambda tx: tx.connection.execute(f"UPDATE users SET {column} = 1 WHERE id = :id", {"id": gone})
    )
    assert await who(product, Warrant=user.warrant) is None
    assert await who(product, Warrant=other.warrant) == await user_of(product, other)


async def test_a_database_that_is_away_is_not_taken_for_a_stranger(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await product.login("li")

    def away() -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(product.storage, "reading", away)
        with pytest.raises(StorageUnavailable):
            await who(product, Warrant=user.warrant)


async def test_pictures_of_visits_are_taken_from_approved_escorts_alone(product: Product) -> None:
    async def known(upload: type[PictureUpload], user: Client | None) -> bool:
        request = request_with() if user is None else request_with(Warrant=user.warrant)
        return await upload.is_known(product.services, request)

    for state in EscortState:
        escort = await apply_as_escort(product, state, state)
        assert await known(EscortPictureUpload, escort) is (state == EscortState.APPROVED), state
        assert await known(PictureUpload, escort) is True
    user = await product.login("li")
    assert (await known(EscortPictureUpload, user), await known(PictureUpload, user)) == (False, True)
    assert (await known(EscortPictureUpload, None), await known(PictureUpload, None)) == (False, False)


async def test_a_picture_may_be_as_large_as_the_setting_says(product: Product) -> None:
    settings = product.settings.replace("limits", photo_kilobytes=3)
    assert PictureUpload.max_body_bytes(settings) == 3_072
    assert ApiHandler.max_body_bytes(settings) == 0
    assert await ApiHandler.is_known(product.services, request_with()) is False


# What was sent


def uploading(content_type: str, *files: bytes, field: str = "file") -> PictureUpload:
    sent = {field: [HTTPFile(filename="x.jpg", body=each, content_type="image/jpeg") for each in files]}
    request = SimpleNamespace(headers=HTTPHeaders({"Content-Type": content_type}), files=sent)
    return cast(PictureUpload, SimpleNamespace(request=request))


FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("handler", "status", "slug", "fields"),
    [
        (uploading("application/json", b"a"), 415, "unsupported_media_type", None),
        (uploading("", b"a"), 415, "unsupported_media_type", None),
        (uploading(f"x-{FORM}", b"a"), 415, "unsupported_media_type", None),
        (uploading(FORM), 400, "invalid_input", {"file": ["请选择一张照片"]}),
        (uploading(FORM, b"a", field="photo"), 400, "invalid_input", {"file": ["请选择一张照片"]}),
    ],
)
def test_a_body_without_a_picture_says_what_is_missing(
    handler: PictureUpload, status: int, slug: str, fields: dict[str, list[str]] | None
) -> None:
    with pytest.raises(ApiError) as refused:
        PictureUpload.uploaded(handler)
    assert (refused.value.status, refused.value.slug, refused.value.fields) == (status, slug, fields)


def test_of_several_pictures_the_first_is_taken() -> None:
    assert PictureUpload.uploaded(uploading(FORM, b"first", b"second")) == b"first"


IS_HEIC = b"\0\0\0\x18ftypheic"


@pytest.mark.parametrize(
    ("error", "content", "sentence"),
    [
        (TooCostly, b"x", TOO_COSTLY),
        (TooCostly, IS_HEIC, TOO_COSTLY),
        (TooManyPixels, IS_HEIC, TOO_MANY_PIXELS),
        (NotAPicture, b"x", UNUSABLE),
        (NotAPicture, IS_HEIC, HEIC),
    ],
)
async def test_a_picture_that_cannot_be_used_says_why(
    error: type[Exception], content: bytes, sentence: str
) -> None:
    async def photo(given: bytes) -> bytes:
        assert given == content
        raise error

    services = SimpleNamespace(photo_decoder=SimpleNamespace(photo=photo))
    handler = cast(PictureUpload, SimpleNamespace(services=services))
    with pytest.raises(ApiError) as refused:
        await PictureUpload.decoded(handler, content)
    assert (refused.value.status, refused.value.slug) == (400, "not_a_picture")
    assert (refused.value.message, refused.value.fields) == (sentence, {"file": [sentence]})


class Recorded:
    def __init__(self, *, repeated: bool) -> None:
        self.repeated = repeated


@pytest.fixture
def files(tmp_path: Path) -> DocumentFiles:
    return DocumentFiles(tmp_path, Vault(new_key()))


@pytest.fixture
def kept(tmp_path: Path, files: DocumentFiles) -> Callable[[], list[str]]:
    """The names of the files that are there."""
    return lambda: sorted(each.name for each in (tmp_path / "documents").glob("*"))


@pytest.fixture
def upload() -> PictureUpload:
    return PictureUpload.__new__(PictureUpload)


async def test_what_is_kept_is_sealed_under_the_name_that_is_recorded(
    upload: PictureUpload, files: DocumentFiles, kept: Callable[[], list[str]]
) -> None:
    async def record(file: str) -> str:
        assert files.read(file) == b"picture"
        return file

    first, second = [await upload.keep(files, b"picture", record) for _ in range(2)]
    assert kept() == sorted([first, second])
    assert re.fullmatch(r"[0-9a-f]{32}\.jpg", first)


@pytest.mark.parametrize(("error", "stays"), [(Refused(), False), (StorageUnavailable("away"), True)])
async def test_a_picture_whose_record_is_refused_is_removed_and_one_that_may_be_recorded_is_not(
    upload: PictureUpload, files: DocumentFiles, kept: Callable[[], list[str]], error: Exception, stays: bool
) -> None:
    async def record(_: str) -> Recorded:
        raise error

    for keep in (upload.keep, upload.keep_once):
        with pytest.raises(type(error)):
            await keep(files, b"picture", record)
    assert len(kept()) == (2 if stays else 0)


@pytest.mark.parametrize("repeated", [True, False])
async def test_a_second_picture_of_the_same_action_is_not_kept(
    upload: PictureUpload, files: DocumentFiles, kept: Callable[[], list[str]], repeated: bool
) -> None:
    async def record(_: str) -> Recorded:
        return Recorded(repeated=repeated)

    assert (await upload.keep_once(files, b"picture", record)).repeated is repeated
    assert len(kept()) == (0 if repeated else 1)
