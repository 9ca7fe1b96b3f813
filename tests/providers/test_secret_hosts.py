"""A secret goes to the hosts that it is bound to, and nowhere else."""

import pytest

from providers import secrets
from providers.secrets import State
from tests.providers.conftest import Shelf
from tests.providers.test_secrets import VALUE, bound, holder, refusal


def test_a_changed_base_url_gets_no_key_until_a_file_says_so(shelf: Shelf) -> None:
    bound(shelf)
    said = refusal(holder("https://evil.example/v1"))
    assert "CORP_KEY is not bound to the host evil.example" in said
    assert 'hosts = ["evil.example"]' in said
    assert secrets.status(holder("https://evil.example")).state is State.NOT_BOUND


def test_the_vendors_own_host_needs_no_file(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", VALUE)
    known = holder("https://api.anthropic.com", kind="claude", auth="ANTHROPIC_API_KEY")
    assert secrets.resolve(known).reveal() == VALUE


@pytest.mark.parametrize(
    ("base_url", "auth"),
    [
        ("http://api.anthropic.com", "ANTHROPIC_API_KEY"),
        ("https://api.anthropic.com", "CORP_KEY"),
        ("https://api.anthropic.com.evil.example", "ANTHROPIC_API_KEY"),
        ("not a url", "ANTHROPIC_API_KEY"),
    ],
)
def test_a_vendors_host_gets_only_its_own_key_and_only_encrypted(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, base_url: str, auth: str
) -> None:
    monkeypatch.setenv(auth, VALUE)
    refusal(holder(base_url, kind="claude", auth=auth))


def test_an_entry_of_the_registry_file_binds_its_key_to_its_origin(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORP_KEY", VALUE)
    shelf.write(
        shelf.registry,
        '[providers.corp]\nkind = "openai_compatible"\nauth = "CORP_KEY"\n'
        'base_url = "http://10.0.0.5:8000/v1"\n',
    )
    assert secrets.resolve(holder("http://10.0.0.5:8000/other")).reveal() == VALUE
    refusal(holder("http://10.0.0.5:9000/v1"))


@pytest.mark.parametrize(
    ("entry", "base_url"),
    [
        ("api.example.com", "https://api.example.com:8443/v1"),
        ("API.example.com:8443", "https://api.example.com:8443"),
        ("https://api.example.com:8443", "https://api.example.com:8443"),
        ("http://llm", "http://llm/v1"),
        ("127.0.0.1", "http://127.0.0.1:5000"),
        ("::1", "http://[::1]:5000"),
        ("[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_a_listed_host_gets_the_key(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, entry: str, base_url: str
) -> None:
    monkeypatch.setenv("CORP_KEY", VALUE)
    monkeypatch.setenv("CORP_KEY_HOSTS", f"other.example,{entry}")
    assert secrets.resolve(holder(base_url)).reveal() == VALUE


@pytest.mark.parametrize(
    ("entry", "base_url"),
    [
        ("example.com", "https://api.example.com"),
        ("api.example.com:8443", "https://api.example.com"),
        ("api.example.com", "http://api.example.com"),
        ("http://api.example.com", "https://api.example.com"),
        ("*", "https://api.example.com"),
        ("https://", "https://api.example.com"),
    ],
)
def test_a_host_that_is_not_quite_the_listed_one_gets_no_key(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, entry: str, base_url: str
) -> None:
    monkeypatch.setenv("CORP_KEY", VALUE)
    monkeypatch.setenv("CORP_KEY_HOSTS", entry)
    refusal(holder(base_url))


def test_a_plain_http_host_is_told_how_to_be_listed(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORP_KEY", VALUE)
    assert "CORP_KEY_HOSTS=http://llm:8000 in" in refusal(holder("http://llm:8000/v1"))


def test_hosts_in_the_secrets_file_serve_a_value_from_the_environment(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.write(shelf.secrets, '[CORP_KEY]\nhosts = ["api.example.com"]\n')
    monkeypatch.setenv("CORP_KEY", VALUE)
    assert secrets.resolve(holder()).reveal() == VALUE
