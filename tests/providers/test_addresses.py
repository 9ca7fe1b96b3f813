"""Base URLs have one spelling, and nothing in them can steer a request elsewhere."""

import pytest

from providers.addresses import Origin, normalised, origin


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://API.example.com/v1/", "https://api.example.com/v1"),
        ("HTTPS://api.example.com:443", "https://api.example.com"),
        ("http://[::1]:8080/x/", "http://[::1]:8080/x"),
        (" http://localhost:11434 ", "http://localhost:11434"),
    ],
)
def test_a_base_url_is_kept_in_one_spelling(written: str, kept: str) -> None:
    assert normalised(written) == kept


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://me:hunter2@example.com", "user name"),
        ("https://me@example.com", "user name"),
        ("https://example.com/?key=hunter2", "query"),
        ("https://example.com#", "query or a fragment"),
        ("https://example.com/\r\nx", "control character"),
        ("https://exa\tmple.com", "control character"),
        ("https://bücher.example", "outside ASCII"),
        ("https://example.com\\@evil.example", "backslash"),
        ("ftp://example.com", "https://"),
        ("example.com", "https://"),
        ("https://", "no host"),
        ("https://exa%6dple.com", "no host"),
        ("https://example.com:0", "no host"),
        ("https://example.com:99999", "not a URL"),
        ("https://[::1", "not a URL"),
        ("https://example.com/../x", "relative step"),
        ("https://example..com", "relative step"),
        ("https://example.com/" + "x" * 500, "longer"),
    ],
)
def test_a_base_url_that_could_mislead_is_refused(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        normalised(url)
    assert "hunter2" not in str(caught.value)


def test_the_origin_has_the_port_that_is_really_asked() -> None:
    assert origin("http://Host.example/path") == Origin("http", "host.example", 80)


def test_an_origin_is_written_with_brackets_round_an_ipv6_address() -> None:
    assert str(Origin("http", "::1", 8080)) == "http://[::1]:8080"
