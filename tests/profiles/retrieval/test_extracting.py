"""Reading documents of every type: what is kept, what is left out, and how it fails."""

import io

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from profiles.retrieval import extracting
from profiles.retrieval.extracting import Block, extracted, html, pdf
from profiles.retrieval.media import Unreadable


def read(text: str, media_type: str = "text/html") -> list[tuple[str, int]]:
    return [(block.text, block.level) for block in extracted(text.encode(), media_type)]


def refused(raw: bytes, media_type: str) -> str:
    with pytest.raises(Unreadable) as caught:
        extracted(raw, media_type)
    return str(caught.value)


# --- text and Markdown ------------------------------------------------------


def test_text_is_parted_at_blank_lines() -> None:
    assert read("a\r\nb\r\n \r\n\r\nc", "text/plain") == [("a\nb", 0), ("c", 0)]


def test_markdown_has_headings_of_both_kinds() -> None:
    text = "# One #\nbody\n## Two\nThree\n=====\n\n- a\n- b\n---\n#hashtag"
    found = read(text, "text/markdown")
    assert found[:4] == [("One", 1), ("body", 0), ("Two", 2), ("Three", 1)]
    assert found[4:] == [("- a\n- b\n---\n#hashtag", 0)]


def test_markdowns_code_is_one_block_and_has_no_headings() -> None:
    code = "```sh\n# not a heading\n\nls\n```"
    assert read(f"{code}\n\nafter", "text/markdown") == [(code, 0), ("after", 0)]


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("## Two ##", ("Two", 2)),
        ("   # C#", ("C#", 1)),
        ("#\tTab", ("Tab", 1)),
        ("# #", None),
        ("####### seven", ("####### seven", 0)),
        ("#tag", ("#tag", 0)),
        ("# a" + " #" * 100_000 + "y" + " " * 100_000, ("a" + " #" * 100_000 + "y", 1)),
    ],
)
def test_a_line_is_a_heading_by_its_marks(line: str, heading: tuple[str, int] | None) -> None:
    assert read(f"{line}\n\nbody", "text/markdown") == [*filter(None, [heading]), ("body", 0)]


# --- HTML -------------------------------------------------------------------


def test_html_keeps_what_a_reader_sees() -> None:
    page = "<title>T</title><h1>Big <b>blue</b></h1><p>one\n two<br>three</p>text"
    assert read(page) == [("Big blue", 1), ("one two\nthree", 0), ("text", 0)]


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>if (a < b) { x }</script>",
        "<style>p { color: red }</style>",
        "<p hidden>x</p>",
        '<div style="display: none"><div>x</div>x</div>',
        "<template><p>x</p></template>",
        "<!-- x -->",
    ],
)
def test_html_leaves_out_what_nobody_sees(hidden: str) -> None:
    assert read(f"<p>a</p>{hidden}<p>b</p>") == [("a", 0), ("b", 0)]


def test_htmls_lists_and_tables_are_lines() -> None:
    page = "<ul><li>a</li> <li>b</li></ul><table><tr><th>x</th><th>y</th></tr><tr><td>1<td>2"
    assert read(page) == [("- a\n- b", 0), ("x | y\n1 | 2", 0)]


def test_htmls_preformatted_text_keeps_its_spaces() -> None:
    assert read("<pre>a\n  b</pre> <p> c  d </p>") == [("a\n  b", 0), ("c d", 0)]


def test_a_long_page_is_read_as_a_short_one_is() -> None:
    page = "<h1>A</h1>" + "<p>one two</p>" * 2000
    assert read(page) == [("A", 1), *[("one two", 0)] * 2000]


def test_markup_that_would_take_for_ever_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "LONGEST_SECS", 0.2)
    assert "took over 0.2 s" in refused(b"x<a " * 100_000, "text/html")


def test_html_is_read_in_the_charset_it_names() -> None:
    page = '<meta charset="iso-8859-1"><p>caf\u00e9</p>'.encode("latin-1")
    assert extracted(page, "text/html") == [Block("caf\u00e9")]


# --- JSON -------------------------------------------------------------------


def test_jsons_values_stand_with_their_keys() -> None:
    found = read('{"a": {"b": [1, "two"], "c": null}, "d": true}', "application/json")
    assert found == [("a.b: 1\na.b: two", 0), ("d: yes", 0)]


def test_each_of_a_list_is_a_block() -> None:
    found = read('[{"q": "why", "a": "so"}, "alone"]', "application/json")
    assert found == [("q: why\na: so", 0), ("alone", 0)]


def test_what_cannot_be_stored_is_replaced() -> None:
    assert read('"a\\u0000b"', "application/json") == [("a\ufffdb", 0)]


# --- PDF --------------------------------------------------------------------


def document(*pages: str, password: str = "") -> bytes:
    """A PDF whose pages say so."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for said in pages:
        page = writer.add_blank_page(300, 300)
        fonts = DictionaryObject({NameObject("/F"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        content = DecodedStreamObject()
        content.set_data(f"BT /F 12 Tf 20 200 Td ({said}) Tj ET".encode())
        page[NameObject("/Contents")] = content
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_pdfs_pages_have_their_numbers() -> None:
    found = extracted(document("Whales sing", "Whales dive"), "application/pdf")
    assert found == [
        *(Block("Page 1", 1), Block("Whales sing")),
        *(Block("Page 2", 1), Block("Whales dive")),
    ]


def test_a_pdf_behind_a_password_is_refused() -> None:
    assert "encrypted" in refused(document("Whales", password="x"), "application/pdf")


def test_a_broken_pdf_is_refused() -> None:
    assert "broken" in refused(b"%PDF-1.7 secret nonsense", "application/pdf")


def test_a_pdf_without_text_is_refused() -> None:
    assert "There is no text in it. A scan" in refused(document(""), "application/pdf")


def test_a_pdf_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "LONGEST_SECS", 0.01)
    assert "took over 0.01 s" in refused(document("Whales"), "application/pdf")


def test_a_pdf_of_too_many_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_PAGES", 1)
    assert "pages. Split it." in refused(document("a", "b"), "application/pdf")


# --- limits -----------------------------------------------------------------


def test_a_text_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracting, "MOST_CHARACTERS", 10)
    assert "more than 10 characters" in refused(b"whales and whales", "text/plain")


def test_markup_without_text_is_refused() -> None:
    assert refused(b"<p></p><script>x</script>", "text/html") == "There is no text in it."
