"""Client addresses: what counts as one client, and what may be told of it."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

#: All clients whose address is none, as behind a Unix socket, or a proxy that hands on nonsense.
UNKNOWN = "unknown"


def one_client(host: str) -> str:
    """With IPv6 a host chooses among the addresses of its /64, so those together are one client."""
    return _network(host, ipv4_bits=32, ipv6_bits=64)


def anonymous(host: str) -> str:
    """The network only: a whole address is personal data."""
    return _network(host, ipv4_bits=24, ipv6_bits=48)


def _network(host: str, ipv4_bits: int, ipv6_bits: int) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), ipv6_bits), strict=False))
    return str(IPv4Network((int(address), ipv4_bits), strict=False))
