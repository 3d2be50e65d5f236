"""TLS: a certificate that we do not trust sends nothing; a deadline holds inside an encrypted connection too."""

import datetime
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dashboard.talkstack import Unavailable
from dashboard.talkstack.deadline import Deadline, running
from dashboard.talkstack.sockets import DeadlineAdapter
from dashboard.talkstack.transport import failure, perform
from tests.talkstack.stand_ins import RawServer, client, drip, ok


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


class TlsServer(RawServer):
    def __init__(self, talk: Any, certificate: Path) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        super().__init__(talk)
        self.url = f"https://localhost:{self.port}"

    def _serve(self, connection: Any) -> None:
        try:
            super()._serve(self.context.wrap_socket(connection, server_side=True))
        except OSError:
            connection.close()


@pytest.fixture
def trusting(certificate: Path) -> Iterator[requests.Session]:
    """A session on our sockets that trusts the certificate of the test."""
    with requests.Session() as session:
        session.mount("https://", DeadlineAdapter())
        session.verify = str(certificate)
        session.trust_env = False
        yield session


def ask(session: requests.Session, url: str) -> Any:
    request = requests.Request("POST", url + "/x", data=b"hello").prepare()
    with running(Deadline(0.3)) as deadline:
        return perform(session, request, deadline, cap=1000, connect=0.2), deadline


def test_a_foreign_certificate_is_certainly_not_sent(certificate: Path) -> None:
    with TlsServer(lambda connection, request, nth: connection.sendall(ok()), certificate) as server:
        with pytest.raises(Unavailable) as caught:
            client(server.url).calls.make("+12065550123", "p", "a", {})
        assert not caught.value.sent and not server.requests


def test_an_encrypted_answer(certificate: Path, trusting: requests.Session) -> None:
    with TlsServer(lambda connection, request, nth: connection.sendall(ok(b"[1]")), certificate) as server:
        reply, deadline = ask(trusting, server.url)
        assert reply.body == b"[1]" and deadline.sent and deadline.ours


def test_an_encrypted_drip_is_cut_and_was_sent(certificate: Path, trusting: requests.Session) -> None:
    with TlsServer(lambda connection, request, nth: drip(connection, ok(b"[1]")), certificate) as server:
        started = time.perf_counter()
        with pytest.raises(Unavailable) as caught:
            ask(trusting, server.url)
        assert caught.value.sent and time.perf_counter() - started < 0.6


def test_an_error_of_tls_after_sending_is_not_certain(certificate: Path) -> None:
    deadline = Deadline(1)
    deadline.ours = deadline.sent = True
    assert failure(requests.exceptions.SSLError("bad record"), deadline).sent
