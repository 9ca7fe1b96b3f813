"""Rule files that change while a process runs: read again, or the last good set kept and told."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.core.management import CommandError, call_command
from django.test import Client

from lakehouse.gateway import rule_alerts, rules_live
from lakehouse.observing.models import Alert
from lakehouse.server import preflight
from lakehouse.truth.problems import RulesError
from tests.lakehouse.truth.ruling import table

GOOD, BAD = table('"Always"', name="good"), table('"Allways"', name="bad")


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.TRUTH_DIR = tmp_path / "truth"
    settings.TRUTH_DIR.mkdir()
    rules_live.forget()
    yield settings.TRUTH_DIR
    rules_live.forget()


def edit(folder: Path, text: str, name: str = "a.toml") -> None:
    """Another time than before, however fast the test is."""
    edit.times += 1  # type: ignore[attr-defined]
    (folder / name).write_text(text)
    os.utime(folder / name, ns=(0, edit.times))  # type: ignore[attr-defined]


edit.times = 0  # type: ignore[attr-defined]


def ids() -> list[str]:
    return [rule.id for rule in rules_live.current().rules]


def test_a_changed_a_new_and_a_removed_file_are_heard(folder: Path) -> None:
    edit(folder, GOOD)
    assert ids() == ["good"]
    assert not rules_live.look()
    edit(folder, table('"Always"', name="better"))
    edit(folder, table('"Always"', name="more"), "b.toml")
    assert rules_live.look()
    assert ids() == ["better", "more"]
    (folder / "b.toml").unlink()
    assert rules_live.look()
    assert ids() == ["better"]


def test_a_bad_edit_keeps_the_last_good_set_and_says_so(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    edit(folder, GOOD)
    rules_live.start()
    edit(folder, BAD)
    with caplog.at_level(logging.ERROR):
        assert rules_live.look()
        assert not rules_live.look()
    assert ids() == ["good"]
    assert 'there is no condition "Allways"' in str(rules_live.standing().problems[0])
    assert caplog.text.count("the last good ones go on") == 1
    edit(folder, GOOD.replace("good", "mended"))
    rules_live.look()
    assert (ids(), rules_live.standing().problems) == (["mended"], ())


def test_a_directory_that_goes_away_is_a_bad_edit(folder: Path) -> None:
    rules_live.start()
    folder.rename(folder.parent / "elsewhere")
    rules_live.look()
    assert "There is no such directory" in str(rules_live.standing().problems[0])


@pytest.mark.django_db(transaction=True)
def test_a_bad_edit_alerts_once_for_each_content(folder: Path) -> None:
    edit(folder, GOOD)
    rules_live.start()
    for text in (BAD, GOOD, BAD, table("3")):
        edit(folder, text)
        rules_live.look()
        for _ in range(2):
            rules_live._tell_once()
            rule_alerts._thread.submit(int).result()
    subjects = Alert.objects.order_by("id").values_list("subject", flat=True)
    assert len(subjects) == 2
    assert "the truth rules are not read anew" in subjects[0]
    assert 'there is no condition "Allways"' in subjects[0]
    Alert.objects.all().delete()


# --- starting ---


def test_a_process_does_not_start_with_bad_files(folder: Path) -> None:
    edit(folder, BAD)
    with pytest.raises(RulesError):
        rules_live.start()


@pytest.mark.django_db
def test_serve_refuses_with_every_error(folder: Path) -> None:
    edit(folder, BAD)
    edit(folder, "rule = 3\n", "b.toml")
    with pytest.raises(CommandError, match=r"(?s)Refusing to start.*a\.toml:5.*b\.toml:1"):
        preflight.check("127.0.0.1", rules=True)


@pytest.mark.django_db
def test_a_worker_holds_no_calls_to_rules_and_starts(folder: Path) -> None:
    edit(folder, BAD)
    preflight.check("127.0.0.1")


def test_up_refuses_too(folder: Path) -> None:
    edit(folder, BAD)
    with pytest.raises(CommandError, match=r"(?s)Refusing to start.*a\.toml:5"):
        call_command("up")


def test_it_is_an_error_of_check_and_a_warning_of_other_commands(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.rmdir()
    monkeypatch.setattr("sys.argv", ["manage.py", "check"])
    (found,) = checks.run_checks(tags=["truth"])
    assert (found.id, found.level) == ("gateway.E001", checks.ERROR)
    assert "There is no such directory" in found.msg
    monkeypatch.setattr("sys.argv", ["manage.py", "worker"])
    assert checks.run_checks(tags=["truth"])[0].level == checks.WARNING


# --- in the admin ---


@pytest.mark.django_db
def test_every_page_of_the_admin_says_that_an_older_set_is_in_force(
    folder: Path, admin_client: Client
) -> None:
    edit(folder, GOOD)
    rules_live.start()
    assert "older set" not in admin_client.get("/admin/").content.decode()
    edit(folder, BAD)
    for path in ("/admin/", "/admin/gateway/call/", "/admin/truth/", "/admin/now/"):
        page = admin_client.get(path).content.decode()
        assert page.count("so an older set is in force") == 1, path
        assert "there is no condition &quot;Allways&quot;" in page


@pytest.mark.django_db
def test_it_says_nothing_to_strangers(folder: Path, client: Client) -> None:
    edit(folder, BAD)
    assert "truth rules" not in client.get("/admin/login/").content.decode()
