"""A request goes to public addresses only, and to URLs that mean the same to everybody."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.outward import Target, checked_target, is_public

ALLOWED = {
    "https://example.org": Target("https", "example.org", 443, "/"),
    "https://EXAMPLE.org/Hook": Target("https", "example.org", 443, "/Hook"),
    "https://example.org:8443/a?b=c&d=%20": Target("https", "example.org", 8443, "/a?b=c&d=%20"),
    "https://xn--jrvi-loa.example/": Target("https", "xn--jrvi-loa.example", 443, "/"),
    "https://8.8.8.8/": Target("https", "8.8.8.8", 443, "/"),
    "https://[2001:4860:4860::8888]:4443/x": Target("https", "2001:4860:4860::8888", 4443, "/x"),
    "https://hook.127.example/": Target("https", "hook.127.example", 443, "/"),
}

REFUSED = [
    # not HTTPS, or not a whole URL
    "", "example.org", "//example.org/", "http://example.org/", "ftp://example.org/", "file:///etc/passwd",
    "gopher://example.org/", "https:example.org", "https:/example.org", "https:///hook", "javascript:alert(1)",
    "HTTPS://example.org/", " https://example.org/", "https://example.org/ ", "https://example.org/a b",
    "https://example.org\n.evil.example/", "https://example.org/\r\nHost: evil", "https://example.org/\x00",
    "https://example.org#@evil.example", "https://example.org/#x", "https://" + "a" * 3000 + ".example/",
    # users, and what some readers take for one
    "https://user@example.org/", "https://user:word@example.org/", "https://example.org@127.0.0.1/",
    "https://127.0.0.1\\@example.org/", "https://example.org\\.evil.example/", "https://@127.0.0.1/",
    "https://example.org%40127.0.0.1/", "https://example.org:443@127.0.0.1/",
    # this machine and its neighbours, plainly
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://a.localhost/", "https://printer/",
    "https://printer.local/", "https://vault.internal/", "https://router.lan/", "https://nas.home/",
    "https://1.0.0.127.in-addr.arpa/", "https://127.0.0.1/", "https://127.255.255.254/", "https://0.0.0.0/",
    "https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://100.127.255.255/",
    "https://192.0.0.8/", "https://192.0.2.1/", "https://192.88.99.1/", "https://198.18.0.1/",
    "https://198.51.100.7/", "https://203.0.113.7/", "https://224.0.0.1/", "https://239.255.255.250/",
    "https://240.0.0.1/", "https://255.255.255.255/",
    # the same in other ways to write it
    "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/",
    "https://0x7f.1/", "https://0177.0.0.1/", "https://017700000001/", "https://127.0.0.01/",
    "https://127.0.0.1./", "https://0/", "https://0x/", "https://1.2.3.4.5/", "https://256.256.256.256/",
    "https://example.0x7f/", "https://example.127/", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/",
    "https://%31%32%37.0.0.1/", "https://ｌocalhost/", "https://ex%61mple.org/",
    # IPv6 that is or leads to something inner
    "https://[::]/", "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/", "https://[::ffff:8.8.8.8]/", "https://[::127.0.0.1]/", "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[fc00::1]/", "https://[fd12:3456::1]/",
    "https://[fec0::1]/", "https://[ff02::1]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::]/", "https://[2002:a00:1::1]/", "https://[2001::1]/", "https://[2001:10::1]/",
    "https://[2001:db8::1]/", "https://[3fff::1]/", "https://[100::1]/", "https://[5f00::1]/", "https://[4000::1]/",
    "https://[127.0.0.1]/", "https://[::1/", "https://::1/", "https://[]/", "https://[example.org]/",
    # names that are none
    "https://-a.example/", "https://a-.example/", "https://a..example/", "https://.example/", "https://a_b.example/",
    "https://" + "a" * 64 + ".example/", "https://" + "a." * 130 + "example/",
    # ports
    "https://example.org:/", "https://example.org:0/", "https://example.org:22/", "https://example.org:25/",
    "https://example.org:80/", "https://example.org:6543a/", "https://example.org:65536/", "https://example.org:99999/",
    "https://example.org:-1/", "https://example.org:+443/", "https://example.org:443:443/",
]  # fmt: skip


@pytest.mark.parametrize("url", ALLOWED)
def test_a_plain_https_url_of_a_public_name_is_allowed(url: str) -> None:
    assert checked_target(url) == ALLOWED[url]


@pytest.mark.parametrize("url", ALLOWED)
def test_a_target_is_written_so_that_it_is_read_the_same(url: str) -> None:
    target = checked_target(url)
    assert checked_target(target.url) == target


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_not_plain_or_not_public_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        checked_target(url)


@pytest.mark.parametrize("url", [url for url in REFUSED if "127" not in url and "::1]" not in url])
def test_loopback_for_tests_opens_nothing_else(url: str) -> None:
    if url in ("http://example.org/", "https://[0:0:0:0:0:0:0:1]/"):
        return  # the first fails when its name is looked up, the second is this machine
    with pytest.raises(Invalid):
        checked_target(url, loopback=True)


def test_loopback_for_tests_takes_http_to_this_machine_and_nothing_public() -> None:
    assert checked_target("http://127.0.0.1:8080/x", loopback=True).url == "http://127.0.0.1:8080/x"
    with pytest.raises(Invalid):
        checked_target("https://8.8.8.8/", loopback=True)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_that_is_public_is_so_to_python_as_well(address: IPv4Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_that_is_public_is_global_unicast_and_hides_no_other(address: IPv6Address) -> None:
    if is_public(address):
        assert address.is_global
        assert address.ipv4_mapped is None
        assert address.sixtofour is None
        assert address.teredo is None


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="169.254.0.0/16"))
def test_no_way_to_write_an_inner_address_is_allowed(address: IPv4Address) -> None:
    number = int(address)
    a, b, c, d = address.packed
    written = [
        str(address), str(number), hex(number), f"0{number:o}", f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{c * 256 + d}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"[::ffff:{address}]", f"[::{address}]",
        f"[64:ff9b::{address}]", f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]",
    ]  # fmt: skip
    for host in written:
        with pytest.raises(Invalid):
            checked_target(f"https://{host}/")


@given(st.text(max_size=30))
def test_whatever_is_written_gives_a_target_or_a_sentence(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.org{text}"):
        try:
            target = checked_target(url)
        except Invalid:
            continue
        assert target.host.isascii()
        assert "." in target.host or ip_address(target.host)
