import stat
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from lakehouse.server import secret_key


def test_no_file_is_no_key(tmp_path: Path) -> None:
    assert secret_key.read(tmp_path / "secret_key") == ""


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secret_key"
    made = secret_key.ensure(file)
    assert len(made) >= 50
    assert secret_key.ensure(file) == secret_key.read(file) == made


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    secret_key.ensure(tmp_path / "secret_key")
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_key_that_others_can_use_is_refused_with_the_command_to_run(
    tmp_path: Path, mode: int
) -> None:
    file = tmp_path / "secret_key"
    secret_key.ensure(file)
    file.chmod(mode)
    with pytest.raises(ImproperlyConfigured, match=f"chmod 600 {file}"):
        secret_key.read(file)


def test_many_that_make_it_at_once_end_with_the_same(tmp_path: Path) -> None:
    made: list[str] = []
    make = [
        threading.Thread(target=lambda: made.append(secret_key.ensure(tmp_path / "secret_key")))
        for _ in range(8)
    ]
    for thread in make:
        thread.start()
    for thread in make:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]
