"""The registry file is written with the database's values, byte for byte where nothing changed."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from providers import registry, sync
from providers.models import Provider
from providers.registry_diff import Action
from tests.providers.conftest import FILE, Shelf
from tests.providers.test_models import made
from tests.providers.test_sync import actions, edit, run

pytestmark = pytest.mark.django_db


def exported(shelf: Shelf, *arguments: str) -> str:
    """What `export_providers` prints, without its notes."""
    out = StringIO()
    call_command("export_providers", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_export_gives_the_same_bytes_where_nothing_changed(synced: Shelf) -> None:
    assert exported(synced) == FILE


def test_export_keeps_windows_line_ends(synced: Shelf) -> None:
    text = FILE.replace("\n", "\r\n")
    synced.registry.write_bytes(text.encode())
    assert exported(synced) == text


def test_export_of_the_shipped_registry_gives_the_same_bytes(shelf: Shelf, settings: Any) -> None:
    settings.PROVIDERS_FILE = Path(__file__).parents[2] / "config" / "providers.toml"
    sync.apply(registry.load(settings.PROVIDERS_FILE))
    assert exported(shelf) == settings.PROVIDERS_FILE.read_text()


def test_export_writes_an_edit_in_its_place_and_keeps_the_comments(synced: Shelf) -> None:
    edit("corp", idle_timeout=45.5, headers={"X-Team": "A"}, auth="")
    edit("echo", default_model="other", total_timeout=300)
    text = exported(synced)
    assert 'kind = "echo"          # in process\ndefault_model = "other"\n' in text
    assert "idle_timeout = 45.5\n" in text
    assert 'auth = "none"\n' in text
    assert 'X-Team = "A"' in text
    assert "X-Title" not in text
    assert "total_timeout = 300\n" in text


def test_what_was_exported_and_applied_is_no_difference(synced: Shelf) -> None:
    edit("corp", options={"stream_usage": False}, enabled=False, headers={})
    run("export_providers", "--output", str(synced.registry))
    run("sync_providers", "--apply")
    assert set(actions(synced).values()) == {Action.UNCHANGED}
    assert Provider.objects.get(name="corp").options == {"stream_usage": False}


def test_export_leaves_out_what_the_file_never_had_unless_asked(synced: Shelf) -> None:
    made("mine", options={"delay": 1})
    assert exported(synced) == FILE
    assert "left out (--all appends them): mine" in run("export_providers")
    added = '\n[providers.mine]\nkind = "echo"\noptions = {delay = 1}\n'
    assert exported(synced, "--all") == FILE + added


def test_export_appends_a_provider_that_the_file_lost(synced: Shelf) -> None:
    synced.write(synced.registry, FILE[: FILE.index("[providers.corp]")])
    assert '[providers.corp]\nkind = "openai_compatible"\n' in exported(synced)


def test_export_leaves_an_entry_that_is_not_applied_yet(synced: Shelf) -> None:
    Provider.objects.filter(name="corp").delete()
    assert exported(synced) == FILE
    assert "not in the database, left as it is: corp" in run("export_providers")


def test_export_without_a_file_writes_a_new_one(shelf: Shelf) -> None:
    made("mine")
    assert exported(shelf, "--all") == '\n[providers.mine]\nkind = "echo"\n'


def test_export_of_a_faulty_file_writes_nothing(shelf: Shelf) -> None:
    shelf.write(shelf.registry, "[providers.x]\n")
    with pytest.raises(CommandError, match="Nothing was written"):
        run("export_providers", "--output", str(shelf.registry))
    assert shelf.registry.read_text() == "[providers.x]\n"


def test_an_unchanged_output_file_is_not_touched(synced: Shelf) -> None:
    before = synced.registry.stat().st_ino
    run("export_providers", "--output", str(synced.registry))
    assert synced.registry.stat().st_ino == before


def test_a_changed_output_file_keeps_its_mode(synced: Shelf) -> None:
    edit("corp", enabled=False)
    synced.registry.chmod(0o640)
    run("export_providers", "--output", str(synced.registry))
    assert synced.registry.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in synced.registry.parent.iterdir() if path.is_file()] == [
        "providers.toml"
    ]


def test_an_output_that_cannot_be_written_is_said(synced: Shelf) -> None:
    with pytest.raises(CommandError, match="was not written: No such file"):
        run("export_providers", "--output", str(synced.folder / "none" / "x.toml"))


def test_an_output_that_is_a_folder_is_said(synced: Shelf) -> None:
    with pytest.raises(CommandError, match="was not written: Is a directory"):
        run("export_providers", "--output", str(synced.folder))
