"""Probes against a TLS server on this machine, and everything that a forged name could try."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from autopilot.adapters.https_exchange import Connection, Done, is_public
from autopilot.adapters.https_probe import HttpsProber
from autopilot.adapters.public_path import SystemPublicPath
from autopilot.domain.probes import Outcome, ProbeResult
from tests.adapters.tls import HOST, LOOPBACK, OK, LocalPath, TlsServer, answering

URL: Final = f"https://{HOST}/health/detailed"
BYTES_MAX: Final = 2_048
TIMEOUT_SECONDS: Final = 0.6


def probe(path: Any, url: str = URL, *, seconds: float = TIMEOUT_SECONDS) -> ProbeResult:
    """One probe, to which loopback counts as public."""
    allowed = lambda address: address == LOOPBACK  # noqa: E731 - the rule of this test
    prober = HttpsProber(path, seconds, BYTES_MAX, allowed)
    return prober.probe({"target": url})["target"]


def test_an_endpoint_that_answers_is_good(server: TlsServer, path: LocalPath) -> None:
    """The request names host and path, and carries nothing that identifies anybody."""
    assert probe(path) == ProbeResult(Outcome.GOOD)

    (request,) = server.requests
    lines = request.decode().split("\r\n")
    assert lines[0] == "GET /health/detailed HTTP/1.1"
    assert {line.partition(":")[0] for line in lines[1:] if line} == {
        "Host",
        "User-Agent",
        "Accept",
        "Connection",
    }
    assert f"Host: {HOST}" in lines


def test_the_server_is_asked_for_the_host_not_for_its_address(
    server: TlsServer, path: LocalPath
) -> None:
    """The connection goes to an address that was checked, under the name of the host."""
    probe(path)
    assert server.names == [HOST]


@pytest.mark.parametrize(
    "answer, reason",
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "answered 503"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "answered 404"),
        (b"HTTP/1.1 301 Moved\r\nLocation: https://169.254.169.254/\r\n\r\n", "answered 301"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "answered 302"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "the answer broke off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "no HTTP answer"),
        (b"HTTP/1.1 200 OK\r\n", "no HTTP answer"),
        (b"", "no HTTP answer"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * BYTES_MAX, f"more than {BYTES_MAX} bytes"),
    ],
)
def test_what_is_not_a_good_answer_is_a_failed_probe(
    server: TlsServer, path: LocalPath, answer: bytes, reason: str
) -> None:
    """Also a redirect: it is not followed, wherever it points."""
    server.serve = answering(answer)

    assert probe(path) == ProbeResult(Outcome.FAILED, reason)
    assert len(server.requests) == 1
    assert path.resolved == [HOST]


def test_words_of_the_other_side_are_not_repeated(server: TlsServer, path: LocalPath) -> None:
    """They could be anything, and reasons end in records and pages."""
    server.serve = answering(b"HTTP/1.1 500 jo.doe@example.org\r\n\r\njo.doe@example.org")

    assert probe(path).reason == "answered 500"


def test_an_answer_that_drips_is_cut_off(server: TlsServer, path: LocalPath) -> None:
    """Each byte comes in time, and all of them together do not."""

    def drip(connection: ssl.SSLSocket) -> None:
        for number in range(100):
            connection.sendall(OK[number : number + 1] or b"x")
            time.sleep(0.05)

    server.serve = drip
    started = time.monotonic()

    assert probe(path) == ProbeResult(Outcome.FAILED, "no answer within 0.6 s")
    assert time.monotonic() - started < 2 * TIMEOUT_SECONDS


def test_a_server_that_says_nothing_is_not_waited_for(server: TlsServer, path: LocalPath) -> None:
    """Nor is one whose connection stays open after its answer."""

    def hold(connection: ssl.SSLSocket) -> None:
        connection.sendall(OK)
        time.sleep(3 * TIMEOUT_SECONDS)

    server.serve = hold
    assert probe(path).reason == "no answer within 0.6 s"


def test_a_look_up_that_hangs_costs_no_more_than_the_probe(path: LocalPath) -> None:
    """It cannot be interrupted, so it is left behind in its thread."""
    over = threading.Event()

    class Hanging(LocalPath):
        def resolve(self, host: str) -> Sequence[str]:
            over.wait(5)
            return super().resolve(host)

    path.__class__ = Hanging
    started = time.monotonic()
    result = probe(path)
    took = time.monotonic() - started
    over.set()

    assert result == ProbeResult(Outcome.FAILED, "no answer within 0.6 s")
    assert took < 2 * TIMEOUT_SECONDS


def test_targets_are_probed_side_by_side(server: TlsServer, path: LocalPath) -> None:
    """One that hangs takes nothing from the others, and the round is as long as one probe."""
    server.serve = lambda _connection: time.sleep(2 * TIMEOUT_SECONDS)
    allowed = lambda address: address == LOOPBACK  # noqa: E731 - the rule of this test
    started = time.monotonic()

    results = HttpsProber(path, TIMEOUT_SECONDS, BYTES_MAX, allowed).probe(
        {"one": URL, "two": URL, "three": URL}
    )

    assert {result.outcome for result in results.values()} == {Outcome.FAILED}
    assert time.monotonic() - started < 2 * TIMEOUT_SECONDS


def test_a_certificate_for_another_name_is_a_failed_probe(path: LocalPath) -> None:
    """Whoever answers there, it is not who was asked."""
    path.names = {"api.example.net": [LOOPBACK]}

    result = probe(path, "https://api.example.net/")

    assert result == ProbeResult(Outcome.FAILED, "its certificate could not be verified")


def test_a_certificate_of_nobody_known_is_a_failed_probe(server: TlsServer) -> None:
    """The authorities of the machine, unless a test says otherwise."""
    path = SystemPublicPath(port=server.port)
    path.resolve = lambda _host: [LOOPBACK]  # type: ignore[method-assign, assignment]

    assert probe(path).reason == "its certificate could not be verified"
    assert server.requests == []


def test_a_port_that_nobody_listens_on_is_a_failed_probe(
    server: TlsServer, path: LocalPath
) -> None:
    """The error's kind is told, not its text."""
    server.listener.close()
    free = socket.create_server((LOOPBACK, 0))
    port = free.getsockname()[1]
    free.close()
    path._port = port  # noqa: SLF001 - the server is gone from its own

    assert probe(path).reason == "no connection (ConnectionRefusedError)"


def test_the_next_address_is_tried_when_the_first_leads_nowhere(
    server: TlsServer, authority: Path
) -> None:
    """A host of two stacks is well when one of them answers."""
    path = LocalPath({HOST: ["127.0.0.2", LOOPBACK]}, authority, server.port)
    prober = HttpsProber(path, TIMEOUT_SECONDS, BYTES_MAX, lambda _: True)

    assert prober.probe({"target": URL})["target"].outcome is Outcome.GOOD
    assert path.opened == ["127.0.0.2", LOOPBACK]


NOT_PUBLIC: Final = {
    "loopback": "127.0.0.1",
    "all of loopback": "127.255.255.254",
    "this host": "0.0.0.0",  # noqa: S104 - nothing listens there
    "private 10": "10.1.2.3",
    "private 172": "172.16.0.1",
    "private 192": "192.168.1.1",
    "shared": "100.64.0.1",
    "link-local": "169.254.1.1",
    "instance metadata": "169.254.169.254",
    "task metadata": "169.254.170.2",
    "benchmark": "198.18.0.1",
    "documentation": "192.0.2.1",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "v6 loopback": "::1",
    "v6 unspecified": "::",
    "v6 link-local": "fe80::1",
    "v6 link-local with zone": "fe80::1%eth0",
    "v6 site-local": "fec0::1",
    "v6 unique local": "fd12:3456::1",
    "v6 instance metadata": "fd00:ec2::254",
    "v6 multicast": "ff02::1",
    "v6 documentation": "2001:db8::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped metadata": "::ffff:169.254.169.254",
    "mapped public": "::ffff:8.8.8.8",
    "compatible": "::7f00:1",
    "NAT64 metadata": "64:ff9b::a9fe:a9fe",
    "local NAT64": "64:ff9b:1::1",
    "6to4 of a private one": "2002:0a00:0001::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "no address": "localhost",
    "nothing": "",
    "octal": "0177.0.0.1",
}


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_an_address_that_is_not_public_is_never_connected_to(authority: Path, address: str) -> None:
    """The probe is refused, which says nothing of the target, and names the address."""
    path = LocalPath({HOST: [address]}, authority, 1)

    result = HttpsProber(path, TIMEOUT_SECONDS, BYTES_MAX).probe({"target": URL})["target"]

    assert result.outcome is Outcome.REFUSED
    assert result.reason == f"{HOST} resolves to {address}, which is not a public address"
    assert path.opened == []


@pytest.mark.parametrize("address", ["8.8.8.8", "52.29.1.1", "2a05:d014::1", "2600:9000::1"])
def test_public_addresses_are_let_through(address: str) -> None:
    """The rule is no wall."""
    assert is_public(address)


def test_one_bad_address_among_good_ones_refuses_the_host(authority: Path) -> None:
    """Which of them would be used is nothing to rely on."""
    path = LocalPath({HOST: ["8.8.8.8", "169.254.169.254"]}, authority, 1)

    result = HttpsProber(path, TIMEOUT_SECONDS, BYTES_MAX).probe({"target": URL})["target"]

    assert result.outcome is Outcome.REFUSED
    assert path.opened == []


class Rebinding:
    """A name that is harmless when it is checked, and something else ever after."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.answers = [["8.8.8.8"], ["169.254.169.254"]]
        self.opened: list[tuple[str, str]] = []

    def resolve(self, _host: str) -> Sequence[str]:
        """Another answer each time."""
        return self.answers.pop(0)

    def open(self, address: str, host: str, timeout_seconds: float) -> Connection:
        """Nothing is connected to."""
        assert timeout_seconds > 0
        self.opened.append((address, host))
        raise ConnectionRefusedError

    def at_once(
        self, tasks: Mapping[str, Callable[[], Done]], seconds: float
    ) -> Mapping[str, Done]:
        """One after the other."""
        assert seconds > 0
        return {name: each() for name, each in tasks.items()}


def test_a_name_that_changes_after_the_check_leads_nowhere_else() -> None:
    """It is resolved once, and the very address that was checked is connected to."""
    path = Rebinding()

    HttpsProber(path, TIMEOUT_SECONDS, BYTES_MAX).probe({"target": URL})

    assert path.opened == [("8.8.8.8", HOST)]
    assert len(path.answers) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/",
        f"ftp://{HOST}/",
        "file:///etc/passwd",
        f"https://user:word@{HOST}/",
        f"https://{HOST}:8443/",
        f"https://{HOST}/?next=1",
        f"https://{HOST}/#part",
        "https://[::1]/",
        "https:///health",
        "gopher",
    ],
)
def test_an_address_that_no_profile_can_hold_is_refused_here_too(path: LocalPath, url: str) -> None:
    """Before any name is looked up."""
    assert probe(path, url).outcome is Outcome.REFUSED
    assert path.resolved == []


def test_no_proxy_of_the_environment_is_asked(
    server: TlsServer, path: LocalPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable must not send probes, and what they see, through somebody else."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert probe(path).outcome is Outcome.GOOD
    assert len(server.requests) == 1


def test_a_host_without_an_address_is_a_failed_probe(authority: Path) -> None:
    """Clients do not find it either."""
    path = LocalPath({HOST: []}, authority, 1)

    assert probe(path).outcome is Outcome.FAILED


def test_the_resolver_of_this_machine_gives_each_address_once() -> None:
    """Those of IPv4 first, as sockets would take them."""
    addresses = SystemPublicPath().resolve("localhost")

    assert LOOPBACK in addresses
    assert len(set(addresses)) == len(addresses)
