"""The bodies of requests: sent whole, in chunks, or in S3's signed chunks.

HTTP's chunks (https://www.rfc-editor.org/rfc/rfc9112#section-7.1) and S3's
(https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html) share one grammar; in S3's
the extension of a chunk is its signature, and checksums may come as trailers.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Final, Protocol

#: The largest body that S3 takes in one PutObject is 5 GiB; a lab needs less.
BODY_BYTES_MAX: Final = 256 * 1024 * 1024
_LINE_BYTES_MAX: Final = 8 * 1024
_TRAILERS_MAX: Final = 32


class BadBody(ValueError):
    """The body is not what its headers announce, or is larger than `BODY_BYTES_MAX`."""


class Stream(Protocol):
    """What a body is read from."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        ...

    def readline(self, size: int, /) -> bytes:
        """One line with its end, or the first `size` bytes of it."""
        ...


def read_body(stream: Stream, headers: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
    """The body as its sender meant it, and the headers that describe it then.

    `headers` have lower-case names. Raises `BadBody`.
    """
    plain = dict(headers)
    body = _transferred(stream, plain)
    if "aws-chunked" in plain.get("content-encoding", "") or plain.get(
        "x-amz-content-sha256", ""
    ).startswith("STREAMING-"):
        body = _signed_chunks(body, plain)
    plain["content-length"] = str(len(body))
    return plain, body


def _transferred(stream: Stream, headers: dict[str, str]) -> bytes:
    if headers.pop("transfer-encoding", "identity").lower() == "chunked":
        return _chunks(stream)[0]
    length = headers.get("content-length", "0")
    if not length.isdecimal():
        raise BadBody(f"expected a number as Content-Length, got {length!r}")
    return _exactly(stream, int(length))


def _signed_chunks(body: bytes, headers: dict[str, str]) -> bytes:
    data, trailers = _chunks(io.BytesIO(body))
    encodings = [part.strip() for part in headers.pop("content-encoding", "").split(",")]
    others = [name for name in encodings if name not in ("", "aws-chunked")]
    if others:
        headers["content-encoding"] = ",".join(others)
    for name in ("x-amz-decoded-content-length", "x-amz-trailer"):
        headers.pop(name, None)
    headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    headers.update(trailers)
    return data


def _chunks(stream: Stream) -> tuple[bytes, dict[str, str]]:
    """All chunks put together, and the trailers after the last."""
    parts: list[bytes] = []
    total = 0
    while size := _chunk_size(stream):
        total += size
        if total > BODY_BYTES_MAX:
            raise BadBody(f"expected at most {BODY_BYTES_MAX} bytes, got more")
        parts.append(_exactly(stream, size))
        if _line(stream):
            raise BadBody("expected the end of a line after a chunk")
    return b"".join(parts), _trailers(stream)


def _chunk_size(stream: Stream) -> int:
    text = _line(stream).split(b";")[0].strip()
    try:
        return int(text, 16)
    except ValueError:
        raise BadBody(f"expected the size of a chunk, got {text[:20]!r}") from None


def _trailers(stream: Stream) -> dict[str, str]:
    found: dict[str, str] = {}
    for _ in range(_TRAILERS_MAX):
        name, colon, value = _line(stream).decode("latin-1").partition(":")
        if not colon:
            return found
        found[name.strip().lower()] = value.strip()
    raise BadBody(f"expected at most {_TRAILERS_MAX} trailers")


def _line(stream: Stream) -> bytes:
    return stream.readline(_LINE_BYTES_MAX).rstrip(b"\r\n")


def _exactly(stream: Stream, size: int) -> bytes:
    if size > BODY_BYTES_MAX:
        raise BadBody(f"expected at most {BODY_BYTES_MAX} bytes, got {size}")
    data = stream.read(size)
    if len(data) < size:
        raise BadBody(f"expected {size} bytes, got {len(data)}")
    return data
