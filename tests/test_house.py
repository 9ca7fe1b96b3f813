"""The house's own rules, where no other tool keeps them."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.adapters import KINDS
from tests.upstreams.kinds import PLAYED

ROOT = Path(__file__).parents[1]
PACKAGES = ("lakehouse", "profiles", "providers")
TOP = {
    *("manage.py", "pyproject.toml", "requirements.txt", "README.md"),
    *("lakehouse", "providers", "profiles", "tests", "config", "truth", "deploy"),
}
VENDOR = re.compile(
    r"ollama|openrouter|kimi|moonshot|gemini|google|anthropic|claude|openai_compatible",
    re.IGNORECASE,
)
LONGEST = 300


def modules(*packages: str) -> list[Path]:
    return [
        path
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every name and every text that is not a docstring."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in documentation:
                yield node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def test_no_code_outside_providers_names_a_vendor() -> None:
    paths = [p for p in modules("lakehouse", "profiles") if name(p) != "lakehouse/settings.py"]
    found = [
        f"{name(path)}:{line} {text}"
        for path in paths
        for line, text in words(ast.parse(path.read_text()))
        if VENDOR.search(text)
    ]
    assert found == []


def test_every_kind_with_a_network_has_a_server_that_plays_it() -> None:
    assert set(PLAYED) == set(KINDS) - {"echo"}


def test_a_module_says_its_job() -> None:
    texts = {name(p): p.read_text() for p in modules(*PACKAGES) if p.name != "apps.py"}
    silent = [
        path for path, text in texts.items() if text and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_a_module_stays_small() -> None:
    lines = {name(p): len(p.read_text().splitlines()) for p in modules(*PACKAGES)}
    del lines["providers/messages.py"]  # one vocabulary, in one place
    assert {path: count for path, count in lines.items() if count > LONGEST} == {}


def test_nothing_is_left_for_later() -> None:
    mark = re.compile(r"#.*\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
    assert [name(p) for p in modules(*PACKAGES, "tests") if mark.search(p.read_text())] == []


def test_the_top_level_is_the_designs() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    told = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    tops = {line.partition("/")[0] for line in told.stdout.splitlines()}
    assert {top for top in tops if not top.startswith(".")} <= TOP


def test_only_the_transport_connects_to_others() -> None:
    makes = re.compile(
        r"aiohttp\.ClientSession\(|httpx\.(AsyncClient|Client|get|post|stream|request)\("
        r"|^(import|from) (requests|urllib3|urllib\.request|http\.client)\b|create_connection\(",
        re.MULTILINE,
    )
    users = [name(path) for path in modules(*PACKAGES) if makes.search(path.read_text())]
    asks_itself = "lakehouse/server/management/commands/up.py"  # whether its own server is ready
    # OpenTelemetry's exporter has its own way out, to an address of the environment's.
    traces = "lakehouse/observing/forwarding/exporter.py"
    assert users == [traces, asks_itself, "providers/transport.py"]
