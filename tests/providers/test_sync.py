"""The registry file and the database are shown side by side, and the file is applied whole."""

import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from providers import registry, sync
from providers.models import Provider, Source
from providers.registry_diff import Action
from tests.providers.conftest import FILE, Shelf
from tests.providers.test_models import made

pytestmark = pytest.mark.django_db


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


def test_check_names_prune_where_only_that_helps(synced: Shelf) -> None:
    synced.write(synced.registry, FILE[: FILE.index("[providers.corp]")])
    with pytest.raises(CommandError, match=r"\. Run sync_providers --prune to delete"):
        run("sync_providers", "--check")


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
