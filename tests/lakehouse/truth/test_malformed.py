"""Each malformed set of rule files beside the exact words that say what is wrong with it."""

import shutil
from pathlib import Path

import pytest

from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.truth.loading import load
from lakehouse.truth.problems import RulesError

MALFORMED = Path(__file__).parent / "malformed"
CASES = sorted(entry for entry in MALFORMED.iterdir() if entry.suffix != ".txt")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_it_is_refused_in_these_words(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "truth"
    if case.is_dir():
        shutil.copytree(case, folder)
    else:
        folder.mkdir()
        shutil.copy(case, folder)
    with pytest.raises(RulesError) as refused:
        load(folder, FIELDS, "truth")
    assert f"{refused.value}\n" == (MALFORMED / f"{case.stem}.txt").read_text()


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 40
    assert {case.stem for case in CASES} == {told.stem for told in MALFORMED.glob("*.txt")}


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RulesError) as refused:
        load(tmp_path / "absent", FIELDS, "absent")
    how = "Make it, or name another in LAKEHOUSE_TRUTH; an empty one is no rules."
    assert str(refused.value) == f"absent: There is no such directory. {how}"


def test_a_file_in_place_of_the_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "truth").write_text("")
    with pytest.raises(RulesError, match=r"^truth: It is no directory\. Make it"):
        load(tmp_path / "truth", FIELDS, "truth")


def test_a_file_that_is_not_there_any_more_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nothing")
    with pytest.raises(RulesError, match=r"^truth/gone\.toml: There is no such file"):
        load(tmp_path, FIELDS, "truth")
