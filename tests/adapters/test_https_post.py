"""What is posted over HTTPS: once, to a host that proves who it is, within a time and a size."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from autopilot.adapters.https_post import BODY_BYTES_MAX, READ_SECONDS, HttpsPost
from autopilot.errors import Transient, Unanswered


@dataclass
class Server:
    """A server on loopback that notes what it is sent."""

    port: int
    certificate: str
    status: int = 202
    silent: bool = False
    bodies: list[tuple[str, bytes]] = field(default_factory=list)

    def post(self) -> HttpsPost:
        """A poster that trusts it."""
        return HttpsPost(port=self.port, authorities=self.certificate)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost, signed by itself, and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server(certificate: Path) -> Iterator[Server]:
    """The server, running."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            noted.bodies.append((self.path, self.rfile.read(length)))
            if noted.silent:
                time.sleep(READ_SECONDS + 1)
                return
            self.send_response(noted.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    noted = Server(listening.server_port, str(certificate))
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield noted
    listening.shutdown()
    listening.server_close()


def test_json_is_posted_to_the_path_and_the_status_comes_back(server: Server) -> None:
    """Once."""
    assert server.post()("localhost", "/v2/enqueue", {"a": "ä"}) == 202
    assert server.bodies == [("/v2/enqueue", b'{"a": "\\u00e4"}')]


def test_a_redirect_is_an_answer_and_not_followed(server: Server) -> None:
    """Whoever can answer for the host must not choose another."""
    server.status = 307
    assert server.post()("localhost", "/", {}) == 307
    assert len(server.bodies) == 1


def test_a_host_that_nobody_vouches_for_is_sent_nothing(server: Server) -> None:
    """The routing key is in the body."""
    with pytest.raises(Transient, match="was not reached: SSLError") as refused:
        HttpsPost(port=server.port)("localhost", "/", {"routing_key": "secret"})
    assert not isinstance(refused.value, Unanswered)
    assert server.bodies == []


def test_a_host_under_another_name_is_sent_nothing(server: Server) -> None:
    """Its certificate is for localhost."""
    with pytest.raises(Transient, match="SSLError"):
        server.post()("127.0.0.1", "/", {})
    assert server.bodies == []


def test_a_host_that_takes_it_and_says_nothing_leaves_it_open(server: Server) -> None:
    """After the read time-out, and no second try."""
    server.silent = True
    with pytest.raises(Unanswered, match="did not say whether"):
        server.post()("localhost", "/", {})
    assert len(server.bodies) == 1


def test_a_host_that_is_not_there_was_not_reached(server: Server) -> None:
    """Nothing listens on that port."""
    with pytest.raises(Transient, match="was not reached"):
        HttpsPost(port=1, authorities=server.certificate)("localhost", "/", {})


def test_what_is_too_large_is_not_sent(server: Server) -> None:
    """A page is small; what is not is a mistake."""
    with pytest.raises(Transient, match=f"at most {BODY_BYTES_MAX} bytes"):
        server.post()("localhost", "/", {"a": "x" * BODY_BYTES_MAX})
    assert server.bodies == []
