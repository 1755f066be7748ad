"""One way to speak HTTP to WeChat: bounded replies, explicit timeouts, no environment proxies, no secrets in
logs."""

from __future__ import annotations

import functools
import logging
import re
import ssl
import zlib
from contextvars import ContextVar
from typing import NamedTuple

import httpx
import orjson

from measures import CallOutcome, measured_call

MAX_GZIP_MEMBERS = 100
"""WeChat's files have one. Each costs a copy of all that follows it, so that a file of nothing but empty members
would keep a core busy for hours."""
MAX_REPLY_BYTES = 1 << 20
"""No JSON reply of WeChat's comes near one MiB."""


class ReplyTooLarge(httpx.TransportError):
    """The reply is longer than the bound; reading stopped there."""


class Timeouts(NamedTuple):
    """Seconds to connect, and seconds of silence while reading or writing."""

    connect: float = 3.0
    read: float = 8.0

    def for_httpx(self) -> httpx.Timeout:
        return httpx.Timeout(self.read, connect=self.connect, pool=self.connect)


DEFAULT_TIMEOUTS = Timeouts()


class _UrlsWithoutQuery(logging.Filter):
    """httpx logs every URL at INFO, and jscode2session carries the app secret in its query: log the path
    alone."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(arg) for arg in record.args)
        return True


def _without_query(arg: object) -> object:
    if isinstance(arg, httpx.URL):
        return f"{arg.scheme}://{arg.netloc.decode('ascii', 'replace')}{arg.path}"
    return arg


def keep_queries_out_of_logs() -> None:
    """Installs the filter on httpx's logger, once however often it is called."""
    logger = logging.getLogger("httpx")
    if not any(isinstance(each, _UrlsWithoutQuery) for each in logger.filters):
        logger.addFilter(_UrlsWithoutQuery())


last_reply: ContextVar[httpx.Response | None] = ContextVar("last_reply", default=None)
"""The reply that the running task read last. wechatpayv3 returns neither headers nor raw bytes, and a
signature is checked over exactly those, so the transport leaves them here."""

_CONNECTIONS = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=15.0)

reply_limit: ContextVar[int] = ContextVar("reply_limit", default=MAX_REPLY_BYTES)
"""How many bytes the running task accepts; only the download of a bill raises it."""


class BoundedTransport(httpx.AsyncBaseTransport):
    """Reads a reply whole, up to ``reply_limit`` bytes before and after decompression, and keeps it in
    ``last_reply``."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._exchange(request)

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        last_reply.set(None)
        limit = reply_limit.get()
        streamed = await self._inner.handle_async_request(request)
        try:
            body = await _read(streamed, limit)
        finally:
            await streamed.aclose()
        headers = [(name, value) for name, value in streamed.headers.raw if name.lower() not in _HOP_HEADERS]
        encoding = streamed.headers.get("content-encoding", "identity").strip().lower()
        if encoding in ("gzip", "x-gzip"):
            body = gunzip(body, limit)
        elif encoding not in ("identity", ""):
            raise httpx.DecodingError("reply in an encoding that was not asked for", request=request)
        reply = httpx.Response(streamed.status_code, headers=headers, content=body, request=request)
        last_reply.set(reply)
        return reply

    async def aclose(self) -> None:
        await self._inner.aclose()


class NetworkAtFirstUse(httpx.AsyncBaseTransport):
    """The network. What speaks over it and whom it trusts are read when the first request goes out: some 2.6 MB and
    30 ms, which a server that has nothing to say to WeChat yet need not spend at its start."""

    def __init__(self) -> None:
        self._opened: httpx.AsyncHTTPTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._opened is None:
            self._opened = self._open(request)
        return await self._opened.handle_async_request(request)

    @staticmethod
    def _open(request: httpx.Request) -> httpx.AsyncHTTPTransport:
        try:
            return httpx.AsyncHTTPTransport(verify=_trusted_roots(), trust_env=False, limits=_CONNECTIONS)
        except OSError as problem:
            # No file can be opened, or the root certificates are gone. Nothing was sent.
            reason = f"the network was not opened ({type(problem).__name__})"
            raise httpx.ConnectError(reason, request=request) from problem

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.aclose()


class MiniProgramTransport(BoundedTransport):
    """Counts every call to api.weixin.qq.com, whichever client makes it (``measures``)."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with measured_call("mini_program", call_name(request.url.path)) as measured:
            try:
                reply = await self._exchange(request)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
                measured.outcome = CallOutcome.UNREACHABLE
                raise
            measured.outcome = outcome_of(reply)
        return reply


_CALL_NAMES = {"jscode2session": "login", "stable_token": "access_token", "send": "subscribe_message"}
_CALL = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
_BUSY = {-1, 44990, 44991, 44993, 45009, 45011}
"""Busy; over the quota of a second, a minute or a day."""
_MISCONFIGURED = {40013, 40125, 40164, 41002, 41004, 48001, 48004}
"""Appid, secret, this machine's address, or what our account may call."""


def call_name(path: str) -> str:
    """What ``metrics/`` calls a call to api.weixin.qq.com: by the end of its path, which holds no number there."""
    last = path.rstrip("/").rpartition("/")[2]
    return _CALL_NAMES.get(last) or (last if _CALL.fullmatch(last) else "other")


def outcome_of(reply: httpx.Response) -> CallOutcome:
    """How a call to api.weixin.qq.com ended. All is well with a JSON object whose ``errcode`` is 0 or absent, or with a
    picture."""
    if reply.status_code == 429:
        return CallOutcome.BUSY
    if reply.status_code != 200:
        return CallOutcome.UNKNOWN
    if not reply.content.startswith(b"{"):
        picture = reply.headers.get("content-type", "").startswith("image/")
        return CallOutcome.OK if picture else CallOutcome.UNKNOWN
    try:
        code = orjson.loads(reply.content).get("errcode")
    except orjson.JSONDecodeError:
        return CallOutcome.UNKNOWN
    if code in (None, 0):
        return CallOutcome.OK
    if type(code) is not int:
        return CallOutcome.UNKNOWN
    if code in _BUSY:
        return CallOutcome.BUSY
    return CallOutcome.MISCONFIGURED if code in _MISCONFIGURED else CallOutcome.REFUSED


_HOP_HEADERS = (b"content-encoding", b"content-length", b"transfer-encoding")


async def _read(reply: httpx.Response, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    stream = reply.stream
    assert isinstance(stream, httpx.AsyncByteStream)  # what every asynchronous transport returns
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise ReplyTooLarge(f"reply of more than {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def gunzip(data: bytes, limit: int) -> bytes:
    """The uncompressed bytes of a gzip file of one or several members; ``ReplyTooLarge`` beyond ``limit`` bytes,
    however small the file is, and ``httpx.DecodingError`` when it is broken or cut short."""
    parts: list[bytes] = []
    size = 0
    while data:
        if len(parts) == MAX_GZIP_MEMBERS:
            raise httpx.DecodingError("gzip data in too many members")
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(data, limit - size + 1)
        except zlib.error:
            raise httpx.DecodingError("broken gzip data") from None
        size += len(part)
        if size > limit:
            raise ReplyTooLarge(f"more than {limit} bytes once uncompressed")
        if not member.eof:
            raise httpx.DecodingError("gzip data cut short")
        parts.append(part)
        data = member.unused_data.lstrip(b"\0")
    return b"".join(parts)


@functools.cache
def _trusted_roots() -> ssl.SSLContext:
    """The root certificates of ``certifi``, read once: each reading takes 10 ms and 700 KB."""
    return httpx.create_ssl_context(trust_env=False)


def open_client(
    base_url: str = "",
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    transport: httpx.AsyncBaseTransport | None = None,
    kind: type[BoundedTransport] = MiniProgramTransport,
) -> httpx.AsyncClient:
    """A client for WeChat; the caller closes it.

    Environment variables (HTTP_PROXY and the like, .netrc) are not honoured, because a proxy between this
    server and a sandbox on the loopback, or an unexpected one in front of WeChat, is never what is wanted.
    Redirects are not followed; WeChat has none. ``transport`` takes the place of the network in tests.
    ``kind``: calls to WeChat Pay are counted by ``payment.wechatpay.calls``, which alone can judge an answer.
    """
    keep_queries_out_of_logs()
    return httpx.AsyncClient(
        base_url=base_url,
        timeout=timeouts.for_httpx(),
        transport=kind(transport or NetworkAtFirstUse()),
        headers={"Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
    )
