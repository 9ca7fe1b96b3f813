"""The registry file is checked as a whole, and each fault is said with its place."""

from pathlib import Path

import pytest

from providers import fields, registered, registry
from providers.adapters.base import Defaults
from providers.registry import RegistryError
from providers.toml_lines import lines
from tests.providers.conftest import Shelf

HEAD = '[providers.corp]\nkind = "openai_compatible"\nbase_url = "https://api.example.com/v1/"\n'


def faults(text: str) -> list[str]:
    """Every fault as it is shown. Fails the test when the text is good."""
    with pytest.raises(RegistryError) as caught:
        registry.parse(text, "p.toml")
    return [str(problem) for problem in caught.value.problems]


def the_fault(text: str) -> str:
    (only,) = faults(text)
    return only


# --- what an entry gives ---------------------------------------------------


def test_what_an_entry_leaves_out_is_the_kinds_default() -> None:
    (entry,) = registry.parse('[providers.local]\nkind = "ollama"\n', "p.toml")
    assert entry.declared == {"kind": "ollama"}
    assert entry.values["base_url"] == "http://localhost:11434"


def test_an_entry_keeps_its_values_in_one_spelling() -> None:
    (entry,) = registry.parse(HEAD + 'auth = "none"\nidle_timeout = 5\n', "p.toml")
    assert entry.declared == {
        "kind": "openai_compatible",
        "base_url": "https://api.example.com/v1",
        "auth": "",
        "idle_timeout": 5.0,
    }


def test_every_field_of_a_provider_can_be_in_the_file() -> None:
    assert set(fields.starting("echo")) == set(fields.NAMES)
    assert set(Defaults.__struct_fields__) < set(fields.NAMES)


def test_the_shipped_registry_is_good() -> None:
    entries = registry.load(Path(__file__).parents[2] / "config" / "providers.toml")
    assert [entry.name for entry in entries] == [
        "echo",
        "ollama",
        "ollama_cloud",
        "openrouter",
        "kimi",
        "gemini",
        "claude",
        "openai",
    ]


def test_a_file_without_providers_is_good() -> None:
    assert registry.parse("# nothing yet\n", "p.toml") == []


# --- faults ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[provider.x]\n", 'p.toml:1: Unknown key "provider". Did you mean "providers"?'),
        (HEAD + "timeout = 5", 'p.toml:4: Unknown key "timeout". Did you mean "total_timeout"?'),
        (HEAD + "defualt_model = 1", 'p.toml:4: Unknown key "defualt_model". Did you mean'),
        ('[providers.x]\nkind = "ech"', 'p.toml:2: There is no kind "ech". Did you mean "echo"?'),
        ("[providers.x]\nkind = 5", 'p.toml:2: There is no kind "5". Known are: openai_compat'),
        ("[providers.x]\n", 'p.toml:1: "kind" is missing. Known are: openai_compatible, '),
        ('[providers.X]\nkind = "echo"', "p.toml:1: A provider's name is its prefix: "),
        ("providers = 5", "p.toml:1: providers is a table of tables: write [providers.<name>]."),
        ("[providers]\nx = 5", "p.toml:2: x is a table: write [providers.x]."),
        (HEAD + 'idle_timeout = "5"', 'p.toml:4: "idle_timeout" must be a number of seconds.'),
        (HEAD + "idle_timeout = true", 'p.toml:4: "idle_timeout" must be a number of seconds.'),
        (HEAD + "enabled = 1", 'p.toml:4: "enabled" must be true or false.'),
        (HEAD + "headers = 1", 'p.toml:4: "headers" must be a table.'),
        (HEAD + "max_concurrency = 1.5", 'p.toml:4: "max_concurrency" must be a whole number.'),
        (HEAD + "auth = 5", 'p.toml:4: "auth" must be a text in quotes.'),
        (HEAD + "idle_timeout = -1", 'p.toml:4: "idle_timeout": Write a number of seconds above'),
        (HEAD + "idle_timeout = nan", 'p.toml:4: "idle_timeout": Write a number of seconds above'),
        (HEAD + "max_concurrency = -1", 'p.toml:4: "max_concurrency": Ensure this value is'),
        (HEAD + 'clearance = "secret"', "p.toml:4: \"clearance\": Value 'secret' is not a valid"),
        (HEAD + "[providers.corp.options]\nx = 1", 'p.toml:4: options has no "x". Known'),
        ('[providers.x]\nkind = "openai_compatible"', 'p.toml:1: "base_url" is left out and has'),
        ("[providers.x]\nkind = ", "p.toml:2: This is not TOML: Invalid value."),
        (HEAD + HEAD, "p.toml:4: providers.corp is here twice, first on line 1. Keep one."),
        (HEAD + 'kind = "echo"', "p.toml:4: providers.corp.kind is here twice, first on line 2."),
        ("x = " + "[" * 5000, "p.toml: It is nested too deeply."),
    ],
)
def test_a_fault_is_said_with_its_place_and_a_way_out(text: str, fault: str) -> None:
    assert the_fault(text).startswith(fault)


def test_all_faults_are_said_at_once_in_the_order_of_their_lines() -> None:
    said = faults('[providers.a]\nkind = "x"\n' + HEAD + "enabled = 1\nfoo = 2\n")
    assert [fault.split(" ")[0] for fault in said] == ["p.toml:2:", "p.toml:6:", "p.toml:7:"]


@pytest.mark.parametrize(
    "line",
    ['auth = "sk-canary-1234567"', 'api_key = "sk-canary-1234567"', '"sk-canary-1234567" = "x"'],
)
def test_a_secret_in_the_file_is_a_fault_that_does_not_repeat_it(line: str) -> None:
    assert "canary" not in the_fault(HEAD + line)


def test_a_url_with_a_password_is_a_fault_that_does_not_repeat_it() -> None:
    text = '[providers.x]\nkind = "openai_compatible"\nbase_url = "https://me:canary@example.com"'
    assert the_fault(text).startswith("p.toml:3: base_url holds a user name or password")
    assert "canary" not in the_fault(text)


def test_a_gated_provider_cannot_be_unattended() -> None:
    text = '[providers.k]\nkind = "kimi"\nunattended = true\n'
    assert "interactive use only" in the_fault(text)
    assert the_fault(text).startswith("p.toml:3: ")


@pytest.mark.parametrize("number", ["1" * 4301, "1_" * 4300 + "1", "0x" + "F" * 5000])
def test_a_number_without_end_is_said_with_its_line(number: str) -> None:
    text = f"{HEAD}[providers.corp.options]\nnumber = {number}\n"
    assert the_fault(text) == "p.toml:5: A number has more than 4300 digits. Shorten it."


def test_a_timeout_beyond_every_float_is_a_fault() -> None:
    assert "number of seconds above 0" in the_fault(f"{HEAD}idle_timeout = {'1' * 400}\n")


def test_a_mark_of_byte_order_is_no_part_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(HEAD, encoding="utf-8-sig")
    assert [entry.name for entry in registry.load(path)] == ["corp"]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"There is no such file.*LAKEHOUSE_PROVIDERS"):
        registry.load(tmp_path / "none.toml")


def test_a_file_that_is_not_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "providers.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(RegistryError, match="cannot be read"):
        registry.load(path)


def test_lines_are_found_for_dotted_and_quoted_keys() -> None:
    found = lines('[providers]\n"a".kind = 1\n[ providers . b ]\nx = 1\n')
    assert found["providers", "a", "kind"] == [2]
    assert found["providers", "b", "x"] == [4]


# --- what the file vouches for ---------------------------------------------


def test_servers_named_in_the_file_may_be_reached(shelf: Shelf) -> None:
    shelf.write(shelf.registry, '[providers.local]\nkind = "ollama"\n' + HEAD)
    assert registered.local_origins(shelf.registry) == {
        ("localhost", 11434),
        ("api.example.com", 443),
    }


@pytest.mark.parametrize(
    "entry",
    [
        'kind = "echo"',
        'kind = "nothing"',
        "kind = 5",
        'kind = "ollama"\nbase_url = 5',
        'kind = "ollama"\nbase_url = "nowhere"',
    ],
)
def test_a_faulty_entry_or_one_without_a_network_vouches_for_nothing(
    shelf: Shelf, entry: str
) -> None:
    shelf.write(shelf.registry, f"[providers.x]\n{entry}\n")
    assert registered.local_origins(shelf.registry) == frozenset()


def test_a_missing_registry_vouches_for_nothing(shelf: Shelf) -> None:
    assert registered.local_origins(shelf.registry) == frozenset()


def test_a_broken_edit_leaves_the_last_good_reading_in_force(shelf: Shelf) -> None:
    shelf.write(shelf.registry, HEAD)
    before = registered.local_origins(shelf.registry)
    shelf.write(shelf.registry, "[providers")
    assert registered.local_origins(shelf.registry) == before != frozenset()


def test_the_allow_list_has_the_files_local_servers_and_the_environments(
    shelf: Shelf, settings: object
) -> None:
    settings.LAKEHOUSE_EGRESS_ALLOW = "llm.corp.example:8443"  # type: ignore[attr-defined]
    shelf.write(shelf.registry, '[providers.local]\nkind = "ollama"\n')
    allowed = registered.allow_list().origins
    assert allowed == {("localhost", 11434), ("llm.corp.example", 8443)}


def test_members_of_an_array_have_their_own_lines() -> None:
    found = lines("[a.b]\nx = 1\n[[a.b.c]]\nx = 2\n[[a.b.c]]\nx = 3\n")
    assert (found[("a", "b", "x")], found[("a", "b", "c", "1", "x")]) == ([2], [6])


def test_a_text_of_several_lines_holds_no_keys() -> None:
    found = lines('a = """\n[b]\nx = 1\\"""\ny = \'\'\'\n"""\nc = 1 # """\nd = 2\n')
    assert found == {("a",): [1], ("c",): [6], ("d",): [7]}
