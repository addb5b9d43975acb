"""Whose X-Forwarded-For is believed: addresses, networks, and host names whose addresses come and go."""

import asyncio
import logging
import re
import socket
from ipaddress import ip_network

log = logging.getLogger(__name__)

# A proxy that was started or replaced is believed after this time at the latest.
RESOLVE_INTERVAL = 5.0  # seconds

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
#: The last label begins with a letter. Otherwise a misspelt address such as 10.0.1 would be a name, which the resolver
#: takes for an address all the same, for another one.
HOST_NAME = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)*(?=[A-Za-z]){_LABEL}")


def parse(proxies: str) -> list[str]:
    """The entries of a comma-separated list. Raises ValueError."""
    entries = [entry.strip() for entry in proxies.split(",")] if proxies else []
    for entry in entries:
        if not is_host_name(entry):
            ip_network(entry)
    return entries


def is_host_name(entry: str) -> bool:
    return HOST_NAME.fullmatch(entry) is not None


class TrustedProxies:
    def __init__(self, proxies: str):
        """Raises ValueError."""
        entries = parse(proxies)
        self._fixed = [entry for entry in entries if not is_host_name(entry)]
        self._names = [entry for entry in entries if is_host_name(entry)]
        self._resolved: dict[str, list[str]] = {}
        #: Addresses and networks. Another object whenever they have changed.
        self.addresses = self._fixed

    async def resolve(self) -> None:
        """Look the names up. A name without an address trusts nothing, also if it had one before."""
        found = await asyncio.gather(*map(_addresses_of, self._names))
        resolved = dict(zip(self._names, found, strict=True))
        if resolved != self._resolved:
            self._log_changes(resolved)
            self._resolved = resolved
            self.addresses = [*self._fixed, *(address for found in resolved.values() for address in found)]

    def _log_changes(self, resolved: dict[str, list[str]]) -> None:
        """Once for each change: a name that stays unknown is normal in a shop without that proxy."""
        for name, addresses in resolved.items():
            if addresses != self._resolved.get(name):
                extra = {"event.name": "proxy.resolved", "proxy.name": name, "proxy.addresses": len(addresses)}
                log.info("Trusted proxy %s has %d addresses", name, len(addresses), extra=extra)


async def _addresses_of(name: str) -> list[str]:
    """In a thread, as the system's resolver blocks. Empty when there are none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(address[0]) for *_, address in found})
