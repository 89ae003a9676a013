"""Where a request comes from."""

from ipaddress import ip_address, ip_network

ONE_CUSTOMER_BITS = 64  # of an IPv6 address; who has one has all that begin like it


def network_of(address: str | None) -> str:
    """Return what stands for one sender: an IPv4 address, or the network of an IPv6 address.

    >>> network_of("203.0.113.7"), network_of("::ffff:203.0.113.7")
    ('203.0.113.7', '203.0.113.7')
    >>> network_of("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    >>> network_of(None), network_of("unix:")
    ('', 'unix:')
    """
    try:
        sender = ip_address(address or "")
    except ValueError:
        return address or ""
    if sender.version == 4:
        return str(sender)
    if sender.ipv4_mapped:
        return str(sender.ipv4_mapped)
    return str(ip_network((sender, ONE_CUSTOMER_BITS), strict=False))
