"""The registry file and the database: shown side by side, applied whole, exported byte for byte."""

import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from providers import registry, sync
from providers.models import Provider, Source
from providers.registry_diff import Action
from tests.providers.conftest import Shelf
from tests.providers.test_models import made

pytestmark = pytest.mark.django_db

FILE = """\
# Ours.
[providers.echo]
kind = "echo"          # in process
default_model = "echo"

[providers.corp]
kind = "openai_compatible"
base_url = "https://api.example.com/v1/"
auth = "CORP_KEY"
idle_timeout = 30

[providers.corp.headers]
X-Title = "Team" # shown
"""


@pytest.fixture
def synced(shelf: Shelf) -> Shelf:
    """The file and a database that says the same."""
    shelf.write(shelf.registry, FILE)
    sync.apply(registry.load(shelf.registry))
    return shelf


def run(*arguments: str) -> str:
    """What a command prints, its notes included."""
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def edit(name: str, **values: Any) -> None:
    Provider.objects.filter(name=name).update(**values)


def actions(shelf: Shelf) -> dict[str, Action]:
    return {c.name: c.action for c in sync.difference(registry.load(shelf.registry))}


# --- applying --------------------------------------------------------------


def test_applying_the_file_makes_its_providers(synced: Shelf) -> None:
    corp = Provider.objects.get(name="corp")
    assert (corp.source, corp.base_url) == (Source.FILE, "https://api.example.com/v1")
    assert (corp.idle_timeout, corp.headers) == (30.0, {"X-Title": "Team"})


def test_applying_twice_changes_nothing(synced: Shelf) -> None:
    before = list(Provider.objects.values())
    assert actions(synced) == {"echo": Action.UNCHANGED, "corp": Action.UNCHANGED}
    sync.apply(registry.load(synced.registry))
    assert list(Provider.objects.values()) == before


def test_a_change_in_the_file_is_an_update(synced: Shelf) -> None:
    synced.write(synced.registry, FILE.replace("30", "40"))
    assert actions(synced)["corp"] is Action.UPDATE
    sync.apply(registry.load(synced.registry))
    assert Provider.objects.get(name="corp").idle_timeout == 40


def test_an_edit_in_the_database_is_drift_until_the_file_is_applied(synced: Shelf) -> None:
    edit("corp", idle_timeout=99)
    assert actions(synced)["corp"] is Action.DRIFT
    assert [entry.field for entry in Provider.objects.get(name="corp").drift] == ["idle_timeout"]
    sync.apply(registry.load(synced.registry))
    assert Provider.objects.get(name="corp").idle_timeout == 30


def test_drift_can_be_kept(synced: Shelf) -> None:
    edit("corp", enabled=False)
    synced.write(synced.registry, FILE.replace("30", "40"))
    sync.apply(registry.load(synced.registry), keep_drift=True)
    corp = Provider.objects.get(name="corp")
    assert (corp.enabled, corp.idle_timeout) == (False, 40)
    assert [entry.field for entry in corp.drift] == ["enabled"]


def test_kept_drift_gives_way_where_the_file_changes_that_very_field(synced: Shelf) -> None:
    edit("corp", idle_timeout=99)
    synced.write(synced.registry, FILE.replace("30", "40"))
    sync.apply(registry.load(synced.registry), keep_drift=True)
    assert Provider.objects.get(name="corp").idle_timeout == 40


def test_kept_drift_that_contradicts_the_new_file_gives_way_as_a_whole(synced: Shelf) -> None:
    edit("corp", options={"x": 1})
    synced.write(synced.registry, FILE.replace("30", "40"))
    sync.apply(registry.load(synced.registry), keep_drift=True)
    assert Provider.objects.get(name="corp").options == {}


def test_a_field_that_is_now_named_with_its_old_value_is_recorded_as_named(
    synced: Shelf,
) -> None:
    synced.write(synced.registry, FILE + "[providers.echo.options]\n")
    assert actions(synced)["echo"] is Action.UPDATE
    sync.apply(registry.load(synced.registry))
    assert actions(synced)["echo"] is Action.UNCHANGED


def test_a_provider_made_by_hand_becomes_the_files(shelf: Shelf) -> None:
    made("echo", default_model="mine")
    shelf.write(shelf.registry, FILE)
    assert sync.difference(registry.load(shelf.registry))[0].adopted
    sync.apply(registry.load(shelf.registry))
    assert Provider.objects.get(name="echo").source == Source.FILE


def test_a_provider_that_left_the_file_goes_only_with_prune(synced: Shelf) -> None:
    made("mine")
    synced.write(synced.registry, FILE[: FILE.index("[providers.corp]")])
    sync.apply(registry.load(synced.registry))
    assert Provider.objects.filter(name="corp").exists()
    sync.apply(registry.load(synced.registry), prune=True)
    assert sorted(Provider.objects.values_list("name", flat=True)) == ["echo", "mine"]


@pytest.mark.django_db(transaction=True)
def test_two_syncs_at_once_wait_for_each_other(shelf: Shelf) -> None:
    shelf.write(shelf.registry, FILE)
    entries = registry.load(shelf.registry)
    failed: list[BaseException] = []

    def apply() -> None:
        try:
            sync.apply(entries)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=apply) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert failed == []
    assert Provider.objects.count() == 2


# --- the command -----------------------------------------------------------


def test_the_command_shows_and_changes_nothing(shelf: Shelf) -> None:
    shelf.write(shelf.registry, FILE)
    said = run("sync_providers")
    assert "create" in said
    assert "Run sync_providers --apply" in said
    assert Provider.objects.count() == 0


def test_check_fails_when_there_is_a_difference(shelf: Shelf) -> None:
    shelf.write(shelf.registry, FILE)
    with pytest.raises(CommandError, match="differs from the file") as caught:
        run("sync_providers", "--check")
    assert caught.value.returncode == 1


def test_check_passes_when_there_is_none(synced: Shelf) -> None:
    assert "The database says what the file says." in run("sync_providers", "--check")


def test_drift_is_shown_with_both_values(synced: Shelf) -> None:
    edit("corp", idle_timeout=99, auth="")
    said = run("sync_providers")
    for word in ("idle_timeout (drift)", "99", "30", '""', "CORP_KEY"):
        assert word in said


def test_apply_counts_what_it_did(synced: Shelf) -> None:
    edit("corp", idle_timeout=99)
    synced.write(synced.registry, FILE.replace('"echo"          #', '"echo" #') + "enabled = 1\n")
    with pytest.raises(CommandError, match="Nothing was changed"):
        run("sync_providers", "--apply")
    synced.write(synced.registry, FILE)
    assert "0 created, 0 updated, 1 set back to the file, 1 unchanged." in run(
        "sync_providers", "--apply"
    )


def test_prune_and_kept_drift_are_counted(synced: Shelf) -> None:
    edit("echo", enabled=False)
    synced.write(synced.registry, FILE[: FILE.index("[providers.corp]")])
    said = run("sync_providers", "--apply", "--keep-drift")
    assert "1 left with their edits, 1 kept (--prune deletes)" in said
    assert "1 deleted" in run("sync_providers", "--prune")


def test_keep_drift_alone_is_refused(synced: Shelf) -> None:
    with pytest.raises(CommandError, match="goes with --apply"):
        run("sync_providers", "--keep-drift")


def test_a_provider_that_becomes_the_files_is_said(shelf: Shelf) -> None:
    made("echo")
    shelf.write(shelf.registry, FILE)
    assert "update (becomes the file's)" in run("sync_providers")


# --- exporting -------------------------------------------------------------


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
