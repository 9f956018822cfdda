"""A loopback S3 and CloudTrail that answers two verifiers from memory, after a given latency.

Started as a process of its own, so that its work is not charged to either.
"""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from bench.cloudtrail_peer import ARN, BUCKET, REGION, TRAIL, Digested

_PAGE_KEYS: Final = 1_000
_NAMESPACE: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def start(trail: Digested, latency_ms: float) -> tuple[Any, str]:
    """A server process for these objects, and the address it answers at."""
    context = get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(trail, latency_ms, theirs), daemon=True)
    process.start()
    return process, f"http://127.0.0.1:{ours.recv()}"


def _serve(trail: Digested, latency_ms: float, pipe: Any) -> None:
    class Handler(_Handler):
        objects = trail.objects
        public_key = trail.public_key
        latency_seconds = latency_ms / 1000

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    pipe.send(server.server_address[1])
    server.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    objects: dict[str, tuple[bytes, dict[str, str]]]
    public_key: dict[str, str]
    latency_seconds: float

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """GetObject, ListObjects, ListObjectVersions, GetBucketLocation."""
        address = urlsplit(self.path)
        query = parse_qs(address.query, keep_blank_values=True)
        key = unquote(address.path).removeprefix(f"/{BUCKET}").removeprefix("/")
        if "location" in query:
            self._xml(f"<LocationConstraint {_NAMESPACE}>{REGION}</LocationConstraint>")
        elif not key:
            self._list(query)
        else:
            self._object(key)

    def do_POST(self) -> None:
        """ListPublicKeys and DescribeTrails of CloudTrail."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        validity = {"ValidityStartTime": 1.7e9, "ValidityEndTime": 2.0e9}
        keys = {"PublicKeyList": [{**self.public_key, **validity}]}
        trail = {"Name": TRAIL, "TrailARN": ARN, "S3BucketName": BUCKET, "HomeRegion": REGION}
        trails = {"trailList": [{**trail, "IsOrganizationTrail": False}]}
        asked = self.headers.get("X-Amz-Target", "").endswith("ListPublicKeys")
        body = json.dumps(keys if asked else trails).encode()
        self._send(200, body, {"Content-Type": "application/x-amz-json-1.1"})

    def _object(self, key: str) -> None:
        time.sleep(self.latency_seconds)
        if key not in self.objects:
            self._send(404, b"<Error><Code>NoSuchKey</Code></Error>", {})
            return
        body, metadata = self.objects[key]
        said = {f"x-amz-meta-{name}": value for name, value in metadata.items()}
        self._send(200, body, {"ETag": '"x"', "x-amz-version-id": "v1", **said})

    def _list(self, query: dict[str, list[str]]) -> None:
        versions = "versions" in query
        prefix = query.get("prefix", [""])[0]
        marker = query.get("key-marker" if versions else "marker", [""])[0]
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > marker)
        page, more = keys[:_PAGE_KEYS], len(keys) > _PAGE_KEYS
        element = "Version" if versions else "Contents"
        shown = "".join(
            f"<{element}><Key>{key}</Key><Size>{len(self.objects[key][0])}</Size>"
            '<ETag>"x"</ETag><VersionId>v1</VersionId><IsLatest>true</IsLatest>'
            f"</{element}>"
            for key in page
        )
        last = page[-1] if page else ""
        name = "ListVersionsResult" if versions else "ListBucketResult"
        self._xml(
            f"<{name} {_NAMESPACE}><Name>{BUCKET}</Name><Prefix>{prefix}</Prefix>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated><MaxKeys>1000</MaxKeys>"
            f"<NextKeyMarker>{last}</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>"
            f"{shown}</{name}>"
        )

    def _xml(self, body: str) -> None:
        self._send(200, body.encode(), {"Content-Type": "application/xml"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
