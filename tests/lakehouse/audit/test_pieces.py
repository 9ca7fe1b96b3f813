"""Files are cut under the model's window, overlap, and merge again; secrets stay here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.audit import diffs, splitting
from lakehouse.audit.merging import merged
from lakehouse.audit.models import Finding
from lakehouse.audit.source import whole
from lakehouse.audit.withholding import is_file_of_secrets, without_secrets


@given(st.lists(st.text("ab", max_size=30), min_size=1, max_size=80), st.integers(20, 400))
def test_pieces_hold_every_line_and_fit(lines: list[str], most: int) -> None:
    source = whole("a.py", "\n".join(lines))
    found = splitting.pieces(source, most)
    told = {number: line for piece in found for number, line in piece.numbered()}
    assert told == dict(source.numbered())
    for piece in found:
        shown = list(piece.numbered())
        assert len(shown) == 1 or sum(len(line) + 9 for _, line in shown) <= most


def test_neighbouring_pieces_overlap() -> None:
    source = whole("a.py", "\n".join(f"line {number}" for number in range(1, 201)))
    first, second, *_ = splitting.pieces(source, 1000)
    assert first.last - second.blocks[0].start + 1 == splitting.OVERLAP


def test_a_halved_piece_becomes_smaller() -> None:
    source = whole("a.py", "\n".join(f"line {number}" for number in range(1, 61)))
    assert len(splitting.halves(source)) > 1
    assert splitting.halves(whole("a.py", "one")) == [whole("a.py", "one")]


def test_the_window_decides_how_much_is_shown_at_once() -> None:
    unknown, large, huge = (splitting.budget(size) for size in (None, 32_000, 2_000_000))
    assert splitting.LEAST_CHARS < unknown < large < huge == splitting.MOST_CHARS


def row(start: int, end: int, claim: str, **more: str) -> Finding:
    told = {"path": "a.py", "severity": "low", "grounding": "grounded"} | more
    return Finding(start=start, end=end, claim=claim, **told)


@pytest.mark.parametrize(
    ("other", "groups"),
    [
        (row(3, 5, "the handle from open is never closed here"), 1),
        (row(6, 7, "the handle from open is never closed"), 2),  # elsewhere
        (row(2, 3, "the password reaches the log"), 2),  # something else
        (row(2, 3, "the handle from open is never closed", path="b.py"), 2),
        (row(2, 3, "the handle from open is never closed", grounding="quote_not_found"), 2),
    ],
)
def test_what_says_the_same_of_the_same_place_is_one(other: Finding, groups: int) -> None:
    first = row(2, 4, "the handle from open is never closed", severity="high")
    found = merged([other, first])
    assert len(found) == groups
    assert found[0][0] is first


DIFF = """\
diff --git a/app.py b/app.py
--- a/app.py
+++ b/app.py
@@ -8,3 +8,4 @@ def f():
 kept
-old
+new one
+new two
 last
diff --git a/gone.py b/gone.py
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git a/p.png b/p.png
Binary files a/p.png and b/p.png differ
"""


def test_a_diff_is_its_new_side_with_what_changed() -> None:
    (source,), uncovered = diffs.parse(DIFF)
    assert (source.path, source.changed, source.whole) == ("app.py", ((9, 10),), False)
    assert dict(source.numbered()) == {8: "kept", 9: "new one", 10: "new two", 11: "last"}
    assert [each.path for each in uncovered] == ["gone.py", "p.png"]


LONG = "9" * 5000


@pytest.mark.parametrize(
    "text",
    [
        *("", "hello", "@@ -1 +1 @@\n-a\n+b\n"),
        f"--- a/x\n+++ b/x\n@@ -1 +1,{LONG} @@\n-a\n+b\n",  # more digits than Python reads
        "--- a/x\n+++ b/x\n@@ -1 +99999999999 @@\n-a\n+b\n",  # than a column holds
    ],
)
def test_what_is_no_diff_is_refused(text: str) -> None:
    with pytest.raises(diffs.NoDiff):
        diffs.parse(text)


def test_an_escape_that_git_never_writes_is_a_plain_character() -> None:
    (source,), _ = diffs.parse('--- a/x\n+++ "b/x\\8\\1.py"\n@@ -1 +1 @@\n-a\n+b\n')
    assert source.path == "x81.py"


@pytest.mark.parametrize(
    ("path", "line", "sent"),
    [
        ("a.py", 'KEY = "sk-abcdefghijkl"', 'KEY = "[redacted]"'),
        ("a.py", 'password = "hunter22"', 'password = "[redacted]"'),
        ("a.py", "password = read_password(path)", "password = read_password(path)"),
        ("a.py", "api_key: str = token", "api_key: str = token"),
        ("x.cfg", "password = hunter22", "password = [redacted]"),
        ("a.py", 'ID = "AKIAABCDEFGHIJKLMNOP"', 'ID = "[redacted]"'),
        ("a.py", f'HF = "hf_{"aB3d" * 9}"', 'HF = "[redacted]"'),
        ("a.py", 'DSN = "postgres://u:pa55word@db/x"', 'DSN = "postgres://u:[redacted]@db/x"'),
    ],
)
def test_secrets_are_taken_out_and_code_is_not(path: str, line: str, sent: str) -> None:
    assert without_secrets(path, f"one\n{line}\n") == (f"one\n{sent}\n", int(line != sent))


def test_a_private_key_goes_line_by_line() -> None:
    text = "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIabc\nMIIdef\n-----END RSA PRIVATE KEY-----\nb\n"
    clean, lines = without_secrets("a.txt", text)
    assert "MII" not in clean
    assert (clean.count("\n"), lines) == (text.count("\n"), 2)


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n"
        f"{'lQdGBF+x' * 8}\n-----END PGP PRIVATE KEY BLOCK-----",
        # The end of one, as a hunk shows it.
        f"{'MIIabc12' * 8}\n{'MIIabc12' * 2}==\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_other_private_keys_and_their_ends_go_too(text: str) -> None:
    clean, lines = without_secrets("a.txt", f"one\n{text}\ntwo\n")
    assert not {"lQdG", "MIIa"} & {line[:4] for line in clean.split("\n")}
    assert (clean.count("\n"), lines > 0) == (text.count("\n") + 3, True)
    assert clean.startswith("one\n") and clean.endswith("\ntwo\n")


@pytest.mark.parametrize("path", [".env", "deploy/.env.prod", "secrets.toml", "k/server.pem"])
def test_files_of_secrets_are_known(path: str) -> None:
    assert is_file_of_secrets(path)
    assert not is_file_of_secrets(".env.example")
