"""A secret is found in order and never shown."""

import copy
import json
import logging
import pickle

import pytest

from providers import secrets
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError
from providers.redact import redact
from providers.secrets import State
from tests.providers.conftest import Shelf

VALUE = "canary-value-1"


def holder(base_url: str = "https://api.example.com/v1", **more: str) -> Endpoint:
    return Endpoint(
        name=more.get("name", "corp"),
        kind=more.get("kind", "openai_compatible"),
        base_url=base_url,
        auth=more.get("auth", "CORP_KEY"),
    )


def bound(shelf: Shelf, value: str = VALUE) -> None:
    shelf.write(shelf.secrets, f'[CORP_KEY]\nvalue = "{value}"\nhosts = ["api.example.com"]\n')


def refusal(endpoint: Endpoint) -> str:
    """Why the secret was not given, as those who run the gateway see it; a client sees no place.

    Fails the test when it was given.
    """
    with pytest.raises(ProviderError) as caught:
        secrets.resolve(endpoint)
    assert caught.value.failure.kind is ErrorKind.SECRET
    assert caught.value.failure.accepted is False
    told = secrets.status(endpoint).detail
    assert VALUE not in caught.value.failure.message + told
    assert "/" not in caught.value.failure.message
    return told


# --- where it is found -----------------------------------------------------


def test_the_environment_comes_first(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    bound(shelf, "from-the-file")
    monkeypatch.setenv("CORP_KEY", VALUE)
    assert secrets.resolve(holder()).reveal() == VALUE


def test_then_the_file_that_a_variable_names(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    bound(shelf, "from-the-file")
    named = shelf.write(shelf.folder / "mounted", VALUE + "\n")
    monkeypatch.setenv("CORP_KEY_FILE", str(named))
    assert secrets.resolve(holder()).reveal() == VALUE


def test_then_the_secrets_file(shelf: Shelf) -> None:
    bound(shelf)
    shelf.write(shelf.folder / "corp.env", "CORP_KEY=from-the-env-file\n")
    assert secrets.resolve(holder()).reveal() == VALUE


def test_the_secrets_file_may_hold_a_plain_text(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.write(shelf.secrets, f'CORP_KEY = "{VALUE}"\n')
    monkeypatch.setenv("CORP_KEY_HOSTS", "api.example.com")
    assert secrets.resolve(holder()).reveal() == VALUE


def test_last_the_providers_own_env_file(shelf: Shelf) -> None:
    text = f"# keys\n\nexport CORP_KEY='{VALUE}'\nCORP_KEY_HOSTS=api.example.com, x.example\n"
    shelf.write(shelf.folder / "corp.env", text)
    assert secrets.resolve(holder()).reveal() == VALUE


def test_a_provider_without_a_secret_gets_an_empty_one(shelf: Shelf) -> None:
    assert secrets.resolve(holder(auth="")).reveal() == ""
    assert secrets.status(holder(auth="")).state is State.NOT_NEEDED


def test_rotating_a_secret_is_editing_its_file(shelf: Shelf) -> None:
    bound(shelf, "old-value")
    secrets.resolve(holder())
    bound(shelf)
    assert secrets.resolve(holder()).reveal() == VALUE


def test_files_are_looked_at_once_a_second_at_most(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.files.LOOK_EVERY", 60.0)
    bound(shelf)
    secrets.resolve(holder())
    bound(shelf, "new-value")
    assert secrets.resolve(holder()).reveal() == VALUE


# --- when there is none ----------------------------------------------------


def test_a_missing_secret_names_every_place_that_was_looked_at(shelf: Shelf) -> None:
    said = refusal(holder())
    for place in ("CORP_KEY_FILE", str(shelf.secrets), str(shelf.folder / "corp.env")):
        assert place in said


def test_an_empty_variable_is_no_secret(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORP_KEY", " ")
    assert secrets.status(holder()).state is State.MISSING


def test_a_named_file_that_is_not_there_is_said(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORP_KEY_FILE", str(shelf.folder / "gone"))
    assert "there is no such file" in refusal(holder())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_open_to_others_is_refused_with_the_command_that_mends_it(
    shelf: Shelf, mode: int
) -> None:
    bound(shelf)
    shelf.secrets.chmod(mode)
    assert f"chmod 600 {shelf.secrets}" in refusal(holder())
    assert secrets.status(holder()).state is State.WRONG_MODE


def test_mending_the_mode_is_enough(shelf: Shelf) -> None:
    bound(shelf)
    shelf.secrets.chmod(0o644)
    refusal(holder())
    shelf.secrets.chmod(0o600)
    assert secrets.resolve(holder()).reveal() == VALUE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f'[CORP_KEY\nvalue = "{VALUE}"', "secrets.toml:1: this is not TOML"),
        (f'[CORP_KEY]\nvaleu = "{VALUE}"', 'Did you mean "value"'),
        ("CORP_KEY = 5", "must be a text"),
        ("[CORP_KEY]\nvalue = 5", '"value" is a text'),
        (f'[CORP_KEY]\nvalue = "{VALUE}"\nhosts = "x"', '"hosts" a list'),
        (f'[CORP_KEY]\nvalue = "{VALUE}"\nhosts = [1]', '"hosts" is a list of texts'),
        (f'CORP_KEY = "{VALUE} x"', "holds a space"),
    ],
)
def test_a_faulty_secrets_file_is_said_without_its_content(
    shelf: Shelf, text: str, reason: str
) -> None:
    shelf.write(shelf.secrets, text)
    assert reason in refusal(holder())
    assert secrets.status(holder()).state is State.UNREADABLE


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (VALUE, "corp.env:2: this is not NAME=value"),
        (f"CORP KEY={VALUE}", "corp.env:2: this is not NAME=value"),
        (f'CORP_KEY="{VALUE}', "corp.env:2: a quote is open"),
        (f"CORP_KEY='{VALUE}\"", "corp.env:2: a quote is open"),
        (f'CORP_KEY="{VALUE}" # mine', "corp.env:2: a quote is open"),
    ],
)
def test_a_faulty_env_file_is_said_by_line_without_its_content(
    shelf: Shelf, line: str, reason: str
) -> None:
    shelf.write(shelf.folder / "corp.env", f"; keys\n{line}\nCORP_KEY_HOSTS=api.example.com\n")
    assert reason in refusal(holder())
    assert secrets.status(holder()).state is State.UNREADABLE


def test_a_file_that_is_not_text_is_unreadable(shelf: Shelf) -> None:
    shelf.secrets.write_bytes(b"\xff\xfe")
    shelf.secrets.chmod(0o600)
    assert "cannot be read (UnicodeDecodeError)" in refusal(holder())


def test_a_file_that_cannot_be_opened_is_unreadable(shelf: Shelf) -> None:
    shelf.secrets.symlink_to(shelf.secrets)
    assert "cannot be read (OSError)" in refusal(holder())


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        (f'OPENAI_API_KEY = "{VALUE}"', 0o644),
        (f'OPENAI_API_KEY = "{VALUE} x"', 0o600),
        (f'OPENAI_API_KEY = "{VALUE}"', 0o600),
        ("[OPENAI_API_KEY]\nvaleu = 1", 0o600),
        ("OPENAI_API_KEY = 1", 0o600),
        ("", 0o600),
    ],
)
def test_what_to_do_passes_the_redactor_whole(shelf: Shelf, text: str, mode: int) -> None:
    shelf.write(shelf.secrets, text, mode)
    said = secrets.status(holder(auth="OPENAI_API_KEY")).detail
    assert shelf.secrets.name in said
    assert redact(said) == said


# --- and never shown -------------------------------------------------------


def test_a_secret_does_not_show_itself(shelf: Shelf) -> None:
    bound(shelf)
    secret = secrets.resolve(holder())
    assert VALUE not in f"{secret} {secret!r} {[secret]}"


def test_a_secret_cannot_be_written(shelf: Shelf) -> None:
    bound(shelf)
    secret = secrets.resolve(holder())
    for write in (json.dumps, pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            write(secret)


def test_a_resolved_secret_is_known_to_the_redactor(shelf: Shelf) -> None:
    bound(shelf)
    secrets.resolve(holder())
    assert redact(f"upstream said: {VALUE}?") == "upstream said: [redacted]?"


def test_the_status_says_where_it_was_found(shelf: Shelf) -> None:
    bound(shelf)
    status = secrets.status(holder())
    assert (status.state, status.usable) == (State.PRESENT, True)
    assert str(shelf.secrets) in status.detail


def test_resolving_logs_nothing(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    bound(shelf)
    with caplog.at_level(logging.DEBUG):
        secrets.resolve(holder())
    assert caplog.records == []
