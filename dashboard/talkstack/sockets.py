"""Sockets that obey the thread's deadline at every read and write.

The timeout of `requests` counts between two bytes, so a server that drips one byte a second (headers or body) is never
cut by it. These sockets shorten their timeout to what is left of the deadline before each system call.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from dashboard.talkstack.deadline import Deadline, current

Address = tuple[Any, ...]
_SECONDS_WITHOUT_DEADLINE = 10.0


def _arm(sock: socket.socket, *, sending: bool = False) -> None:
    deadline = current()
    if deadline is None:
        return
    deadline.ours = True
    left = deadline.left()
    if left <= 0:
        raise TimeoutError("deadline is over")
    if sending:
        deadline.sent = True
    sock.settimeout(left)


class PlainSocket(socket.socket):
    """A TCP socket under the deadline."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        _arm(self)
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        _arm(self, sending=True)
        super().sendall(*args, **kwargs)


class TlsSocket(ssl.SSLSocket):
    """A TLS socket under the deadline; its handshake is bounded by the timeout that the TCP socket had."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        _arm(self)
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        _arm(self, sending=True)
        return super().send(*args, **kwargs)


def _resolve(host: str, port: int, seconds: float) -> list[Address]:
    """getaddrinfo that gives up: it has no timeout of its own, so it runs aside. Raises OSError or TimeoutError."""
    found: list[list[Address] | OSError] = []

    def ask() -> None:
        try:
            found.append(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except OSError as error:
            found.append(error)
        except UnicodeError:
            found.append(socket.gaierror(socket.EAI_NONAME, "not a host name"))

    thread = threading.Thread(target=ask, daemon=True, name="talkstack-resolve")
    thread.start()
    thread.join(seconds)
    if not found:
        raise TimeoutError("name resolution took too long")
    if isinstance(found[0], OSError):
        raise found[0]
    return found[0]


def _connect(address: Address, seconds: float) -> PlainSocket:
    family, kind, protocol, _name, target = address
    sock = PlainSocket(family, kind, protocol)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(max(0.001, seconds))
        sock.connect(target)
    except BaseException:
        sock.close()
        raise
    return sock


def is_public(text: str) -> bool:
    """Whether an IP address may be fetched from on behalf of a page: global unicast, also when wrapped into IPv6."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in ipaddress.ip_network("64:ff9b::/96") or address in ipaddress.ip_network("::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast and not address.is_reserved


def host_is_public(host: str, port: int, seconds: float) -> bool | None:
    """Whether every address that a host name leads to is public; None when it leads nowhere within `seconds`."""
    try:
        addresses = _resolve(host, port, seconds)
    except OSError:  # a TimeoutError is one too
        return None
    return bool(addresses) and all(is_public(str(address[4][0])) for address in addresses)


def _open(connection: HTTPConnection, allowed: Callable[[str], bool] | None) -> socket.socket:
    """A connected socket: every address in turn, all within the connect budget. Every address must be allowed."""
    host = connection.host
    budget = connection.timeout if isinstance(connection.timeout, int | float) else _SECONDS_WITHOUT_DEADLINE
    deadline = current()
    limit = Deadline(budget if deadline is None else min(budget, deadline.left()))
    if deadline is not None:
        deadline.ours = True
    try:
        addresses = _resolve(host, connection.port, limit.left())
    except TimeoutError:
        raise ConnectTimeoutError(connection, "name resolution took too long") from None
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from None
    except OSError:
        raise NewConnectionError(connection, "name resolution failed") from None
    if allowed is not None and not all(allowed(str(address[4][0])) for address in addresses):
        raise NewConnectionError(connection, "address is not public")
    return _first_of(connection, addresses, limit)


def _first_of(connection: HTTPConnection, addresses: list[Address], limit: Deadline) -> socket.socket:
    failure: OSError = OSError("no address")
    for address in addresses:
        if limit.left() <= 0:
            break
        try:
            sock = _connect(address, limit.left())
        except OSError as error:
            failure = error
            continue
        sock.settimeout(max(0.001, limit.left()))  # what a TLS handshake may take
        return sock
    if isinstance(failure, TimeoutError) or limit.left() <= 0:
        raise ConnectTimeoutError(connection, "connecting took too long")
    raise NewConnectionError(connection, type(failure).__name__)


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _open(self, None)


class _Https(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _open(self, None)


class _PublicHttps(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _open(self, is_public)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _PublicHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHttps


class DeadlineAdapter(HTTPAdapter):
    """requests' adapter on our sockets. With `public_only` it connects to nothing but public addresses, over TLS only.

    The address that was checked is the address that is connected to, so a name that changes its mind gains nothing.
    """

    def __init__(self, *, public_only: bool = False, size: int = 32) -> None:
        self._public_only = public_only
        super().__init__(pool_connections=8, pool_maxsize=size, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """Called by requests."""
        context = create_urllib3_context()
        context.sslsocket_class = TlsSocket
        self.poolmanager = PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, ssl_context=context, **kwargs
        )
        https = _PublicHttpsPool if self._public_only else _HttpsPool
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": https}
