"""Secrets that stand in code do not leave: they are taken out before anything is sent.

The house's redactor does it, with private keys and a few more shapes of keys besides. In
code, `password = read_password()` is no secret: behind such a name, only what is written
out as a text is taken. Lines stay where they are.
"""

import re
from pathlib import PurePosixPath

from providers.redact import SHOWN_AS, redact

_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
# What a diff shows of one whose beginning is above its hunk.
_KEY_END = re.compile(
    r"^(?:[ \t]*[A-Za-z0-9+/=]{5,100}+\r?\n){1,120}+"
    r"[ \t]*-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----",
    re.MULTILINE,
)
_MORE_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|[rs]k_(?:live|test)_\w{10,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{30,}|pypi-[\w-]{30,})"
)
# A userinfo's password in an address.
_IN_URL = re.compile(r"(?<=://)([^\s:/@'\"]*:)(?!\[redacted\])[^\s/@'\"{}$<>]{3,}(?=@)")
_CODE = frozenset(
    (
        *(".py", ".pyi", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".go", ".rs", ".java"),
        *(".kt", ".kts", ".scala", ".rb", ".php", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs"),
        *(".swift", ".m", ".ex", ".exs", ".erl", ".clj", ".hs", ".lua", ".pl", ".r", ".jl"),
        *(".dart", ".vue", ".svelte", ".sql"),
    )
)
_EXPRESSION = re.compile(
    r"(?i)((?:key|token|secret|passw(?:or)?d|authorization)\b[\"']?)"
    r"(?=\s*(?::=|[:=])\s*(?!\w{0,2}[\"'`])[A-Za-z_(\[{])"
)
_MASK = "\0"
_SECRET_FILES = re.compile(
    r"(?i)(?:^|/)(?:\.env(?:\.(?!example|sample|template|dist).*)?|secrets?\.(?:toml|ya?ml|json|ini)"
    r"|\.netrc|\.pgpass|\.htpasswd|id_(?:rsa|dsa|ecdsa|ed25519)|.*\.(?:pem|key|p12|pfx|jks|keystore))$"
)


def is_file_of_secrets(path: str) -> bool:
    return bool(_SECRET_FILES.search(path))


def without_secrets(path: str, text: str) -> tuple[str, int]:
    """The text as it may be sent, with as many lines; and in how many lines something was taken."""
    masked = text.replace(_MASK, "")
    if PurePosixPath(path).suffix.lower() in _CODE:
        masked = _EXPRESSION.sub(rf"\1{_MASK}", masked)
    clean = _KEY_BLOCK.sub(_line_by_line, masked)
    clean = _KEY_END.sub(_line_by_line, clean)
    clean = _IN_URL.sub(rf"\1{SHOWN_AS}", _MORE_SHAPES.sub(SHOWN_AS, redact(clean)))
    clean = clean.replace(_MASK, "")
    if clean.count("\n") != text.count("\n"):
        # A known secret of several lines: what shows where it was is less than it.
        clean = "\n".join(redact(line) for line in text.split("\n"))
    before, after = text.split("\n"), clean.split("\n")
    return clean, sum(old != new for old, new in zip(before, after, strict=True))


def _line_by_line(block: re.Match[str]) -> str:
    """The lines between the first and the last; the first, too, where it is none of a BEGIN."""
    first, *others = block[0].split("\n")
    if not others:
        return SHOWN_AS
    shown = first if "-----BEGIN " in first else SHOWN_AS
    return "\n".join([shown, *[SHOWN_AS] * (len(others) - 1), others[-1]])
