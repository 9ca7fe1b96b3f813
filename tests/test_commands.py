"""Every management command of the house says what it does, and refuses in one line."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command, get_commands, load_command_class

PACKAGES = ("lakehouse", "profiles", "providers")


def ours() -> dict[str, str]:
    """Our commands' names, with the app of each."""
    homes = {config.name for config in apps.get_app_configs()}
    mine = {home for home in homes if home.partition(".")[0] in PACKAGES}
    return {name: app for name, app in sorted(get_commands().items()) if app in mine}


def test_every_command_says_what_it_does() -> None:
    silent = [name for name, app in ours().items() if not load_command_class(app, name).help]
    assert silent == []


def test_every_command_refuses_an_unknown_option_in_one_line() -> None:
    for name in ours():
        with pytest.raises(CommandError) as caught:
            call_command(name, "--nonsense")
        assert caught.value.returncode == 1, name
        assert str(caught.value).startswith("Error: ") and "\n" not in str(caught.value), name


@pytest.mark.parametrize("name", ["profiles", "activations", "playbooks", "sessions"])
def test_every_verb_says_what_it_does(name: str) -> None:
    parser = load_command_class("profiles", name).create_parser("manage.py", name)
    (verbs,) = [action for action in parser._actions if action.dest == "verb"]
    assert isinstance(verbs.choices, dict)
    for verb, own in verbs.choices.items():
        assert own.description, verb
        assert f"{name} {verb}" in own.format_help()
