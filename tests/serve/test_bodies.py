"""Bodies: whole, in HTTP's chunks, in S3's signed chunks."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot_lab.serve.bodies import BODY_BYTES_MAX, BadBody, read_body

CHUNKED = {"transfer-encoding": "chunked"}


def chunked(parts: list[bytes], extension: str = "", trailers: str = "") -> bytes:
    """Parts as chunks with a last, empty one."""
    sent = b"".join(
        f"{len(part):x}{extension}\r\n".encode() + part + b"\r\n" for part in parts if part
    )
    return sent + f"0{extension}\r\n{trailers}\r\n".encode()


@given(st.lists(st.binary(max_size=300), max_size=6), st.binary(max_size=20))
def test_chunks_are_put_together(parts: list[bytes], next_request: bytes) -> None:
    """However a body is cut, it arrives whole, and what follows it stays unread."""
    stream = io.BytesIO(chunked(parts) + next_request)
    headers, body = read_body(stream, CHUNKED)
    assert body == b"".join(parts)
    assert headers == {"content-length": str(len(body))}
    assert stream.read() == next_request


def test_signatures_of_chunks_are_taken_off() -> None:
    """A signed upload is stored as its data, with the checksum that trails it."""
    sent = chunked([b"hello ", b"world"], ";chunk-signature=00", "x-amz-checksum-crc32:AAAA\r\n")
    headers, body = read_body(
        io.BytesIO(sent),
        {
            "content-length": str(len(sent)),
            "content-encoding": "aws-chunked,gzip",
            "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            "x-amz-decoded-content-length": "11",
            "x-amz-trailer": "x-amz-checksum-crc32",
        },
    )
    assert body == b"hello world"
    assert headers == {
        "content-encoding": "gzip",
        "content-length": "11",
        "x-amz-checksum-crc32": "AAAA",
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    }


@pytest.mark.parametrize(
    "headers,sent",
    [
        ({"content-length": "many"}, b""),
        ({"content-length": "5"}, b"four"),
        ({"content-length": str(BODY_BYTES_MAX + 1)}, b""),
        (CHUNKED, b"xyz\r\n"),
        (CHUNKED, b"4\r\nfourXX\r\n0\r\n\r\n"),
        (CHUNKED, f"{BODY_BYTES_MAX + 1:x}\r\n".encode()),
        (CHUNKED, b"0\r\n" + b"a: b\r\n" * 40),
    ],
)
def test_a_body_that_is_not_as_announced_is_refused(headers: dict[str, str], sent: bytes) -> None:
    """Wrong lengths, broken chunks and bodies beyond the bound are refused."""
    with pytest.raises(BadBody, match="expected"):
        read_body(io.BytesIO(sent), headers)
