"""Parsing while the text comes in gives what parsing it whole gives, and costs the same per token."""

from itertools import pairwise
from time import thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.inline import LINE, Style, rich
from ui.markdown import Document
from ui.markdown_blocks import Block, Code, Nest, Rule, Table, Words, chunks, plain_blocks

PIECES = [
    "A paragraph with *emphasis* and `code`.\nIts second line.\n\n",
    "# Heading\n",
    "Setext\n===\n\n",
    "Setext two\n---\n",
    "- one\n- two\n  - nested\n\n    paragraph in it\n- three\n",
    "* star\n\n* loose\n\n\n* looser\n",
    "7. seven\n8. eight\n1. nine\n   ```js\n   let x;\n   ```\n",
    "3) other\n4) kind\n",
    "-\n- after an empty one\n",
    "- [ ] to do\n- [x] done\n",
    "> quote\ncarried on\n> - list in it\n>\n> more\n\n",
    "```python\nprint('''\n\n# no heading\n- no list\n''')\n```\n",
    "~~~\n```\n~~~~\n",
    "````md\n```\ninner\n```\n````\n",
    "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 |\n",
    "text before\n| a | b |\n|:-:|---|\n| `x` | y |\n\n",
    "***\n",
    "    indented code\n\n    more of it\n\n",
    "<div>\n*raw*\n</div>\n\n",
    "[ref]: http://example.org\n[ref]\n\n",
    "unclosed **strong\n\n",
    "``` unclosed\ncode without end\n",
    "\t- tab\n",
    "1. a\n\n\n   b\n",
    "\r\nDOS line\r\n\r\n- item\r\n",
    "\n\n",
    "trailing  \nbreak\\\nhere\n",
    "#\n",
    "#hash\n",
    "--\n",
    "+ \n",
    "שלום\n\n😀 emoji\n\n",
    "nul \x00 and \x1b[31m red\n\n",
]


def whole(text: str) -> list[Block]:
    document = Document()
    document.append(text)
    document.advance(force=True)
    return document.blocks


def streamed(text: str, cuts: list[int]) -> Document:
    document = Document()
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    for start, end in pairwise(edges):
        document.append(text[start:end])
        document.advance()
    document.advance(force=True)
    return document


corpus = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)
cuts = st.lists(st.integers(0, 2000), max_size=30)


@settings(max_examples=300, deadline=None)
@given(corpus, cuts)
def test_streamed_equals_whole(text: str, cuts: list[int]) -> None:
    assert streamed(text, cuts).blocks == whole(text)


@settings(max_examples=40, deadline=None)
@given(corpus)
def test_one_character_at_a_time(text: str) -> None:
    assert streamed(text, list(range(len(text)))).blocks == whole(text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab -+*>#`~|:1.)\n\t\\[]!<_=", max_size=80), cuts)
def test_noise_streams_as_it_parses(text: str, cuts: list[int]) -> None:
    assert streamed(text, cuts).blocks == whole(text)


@settings(max_examples=60, deadline=None)
@given(corpus, corpus, cuts)
def test_what_is_final_stays(before: str, after: str, cuts: list[int]) -> None:
    document = streamed(before, cuts)
    final = [block for block in document.blocks[: document.final] if not isinstance(block, Code)]
    document.append(after)
    document.advance(force=True)
    assert [block for block in document.blocks if not isinstance(block, Code)][: len(final)] == final


def test_blocks_of_a_page() -> None:
    text = "# Title\n\nWords\n\n2. two\n3. three\n   - deep\n\n> said\n\n```py\nx = 1\n\n```\n\n---\n"
    title, words, two, three, deep, said, code, rule = whole(text)
    assert isinstance(title, Words)
    assert title.heading == 1
    assert isinstance(words, Words)
    assert words.source == "Words"
    assert [two.place.markers, three.place.markers] == [((0, "2."),), ((0, "3."),)]
    assert deep.place.nest == (Nest.NUMBERS, Nest.BULLETS)
    assert said.place.nest == (Nest.QUOTE,)
    assert isinstance(code, Code)
    assert (code.language, code.lines, code.open) == ("py", ["x = 1", ""], False)
    assert isinstance(rule, Rule)


def test_numbers_go_on_where_the_tail_begins_later() -> None:
    document = Document()
    for number in range(1, 40):
        document.append(f"1. item {number}\n")
        document.advance()
    assert [block.place.markers[0][1] for block in document.blocks] == [f"{n}." for n in range(1, 40)]


def test_table_cells_and_alignment() -> None:
    (table,) = whole("| a | b |\n|:-:|--:|\n| `x|` | 2 |\n| only |\n")
    assert isinstance(table, Table)
    assert table.aligns == ("center", "right")
    assert table.rows[1] == ("only", "")


def wide(columns: int, cell: str = "x", rows: int = 2) -> str:
    row = f"|{cell}" * columns + "\n"
    return row + "|-" * columns + "|\n" + row * rows


def test_a_table_of_very_many_columns_is_shown_as_text() -> None:
    assert isinstance(whole(wide(64))[0], Table)
    code, after = whole(wide(2000) + "\nAfter it.\n")
    assert isinstance(code, Code)
    assert code.title == "Table of 2,000 columns, as text"
    assert "\n".join(code.lines) == wide(2000).rstrip("\n")
    assert isinstance(after, Words)
    assert streamed(wide(300), [7, 900, 1300]).blocks == whole(wide(300))


def test_the_head_of_a_table_is_found_in_time() -> None:
    document = Document()
    document.append("| head " * 2000 + "\n" + "| " * 2000)
    start = thread_time()
    document.advance()
    document.append("x\n")
    document.advance(force=True)
    assert thread_time() - start < 4


def test_a_table_with_a_longer_head_than_body_comes_to_an_end() -> None:
    document = Document()
    document.append(wide(5_000, rows=0) + wide(5_000, "xxxxxx", 1))
    for _ in range(50):
        document.advance(0.004, force=True)
    assert not document.waiting
    assert len(document.blocks) < 50


def test_a_long_table_is_cut_by_its_cells() -> None:
    document = Document()
    document.append(wide(20, rows=200))
    document.advance(force=True)
    assert [len(block.rows) for block in document.blocks if isinstance(block, Table)] == [48] * 4 + [8]


def test_an_open_fence_is_not_parsed_again() -> None:
    document = Document()
    document.append("Before\n\n```python\n")
    document.advance()
    parsed = document.parsed
    for number in range(2000):
        document.append(f"x = {number}\n")
        assert document.advance() == 1
    assert document.parsed == parsed
    code = document.blocks[-1]
    assert isinstance(code, Code)
    assert (len(code.lines), code.open, code.partial) == (2000, True, False)


def test_only_the_tail_is_parsed_again() -> None:
    document = Document()
    for number in range(400):
        document.append(f"Paragraph {number} of some length, so that it counts.\n\n")
        document.advance()
    # Each paragraph twice: when it came, and as the tail that the next one was added to.
    assert document.parsed < 3 * 400 * 55


def test_a_list_is_final_item_by_item() -> None:
    document = Document()
    for number in range(400):
        document.append(f"- item {number}\n")
        document.advance()
    assert document.final >= 398
    assert document.parsed < 400 * 60


HUGE = {
    "quotes": "> " * 500 + "deep\n",
    "lists": "- " * 500 + "deep\n",
    "indented lists": "".join("  " * depth + f"- level {depth}\n" for depth in range(500)),
    "words": "word " * 40_000,
    "one line": "x" * 200_000,
    "lines": "line\n" * 20_000,
    "brackets": "[" * 100_000,
    "stars": "*a " * 50_000,
    "table": "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 20_000,
    "code": "```\n" + "code\n" * 20_000,
    "line of code": "~~~\n" + "y" * 200_000,
    "controls": "\x00\x01\x02" * 10_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_huge_inputs_come_in_slices(text: str) -> None:
    document = Document()
    document.append(text)
    slowest = 0.0
    while True:
        start = thread_time()
        document.advance(0.003, force=True)
        slowest = max(slowest, thread_time() - start)
        if not document.waiting:
            break
    assert slowest < 1, "one slice; 50 ms of processor on a quiet machine"
    letters = sum(map(str.isalnum, text))
    kept = 0
    for block in document.blocks:
        match block:
            case Words():
                kept += sum(map(str.isalnum, block.source))
            case Code():
                kept += sum(sum(map(str.isalnum, line)) for line in block.lines)
            case Table():
                cells = [cell for row in (block.head, *block.rows) for cell in row]
                kept += sum(sum(map(str.isalnum, cell)) for cell in cells)
    assert kept >= letters * 0.98


def test_chunks_join_to_the_text() -> None:
    text = "word " * 5000 + "y" * 9000 + "\nline" * 900
    pieces = chunks(text)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= 6000


def test_what_a_person_wrote_is_not_markdown() -> None:
    (block,) = plain_blocks("  # not *a* heading\n\n\tkept")
    assert isinstance(block, Words)
    assert block.plain
    assert block.source == "  # not *a* heading\n\n\tkept"


def test_lines_of_another_direction_are_blocks_of_their_own() -> None:
    hebrew = "\u05e9\u05dc\u05d5\u05dd"
    text = f"One\n\n{hebrew} a\n{hebrew}\n12\nTwo {hebrew}"
    blocks = plain_blocks(text)
    assert [block.source for block in blocks if isinstance(block, Words)] == [
        "One\n",
        f"{hebrew} a\n{hebrew}\n12",
        f"Two {hebrew}",
    ]
    assert [block.place.goes_on for block in blocks] == [False, True, True]
    assert len(plain_blocks("One\n\ntwo é\n")) == 1


def test_inline_styles() -> None:
    words = rich("a **b** *c* ~~d~~ `e` [f](http://g) ***h***")
    assert words.text == "a b c d e f h"
    styles = {words.text[span.start : span.start + span.length]: span.style for span in words.spans}
    assert styles == {
        "b": Style.BOLD,
        "c": Style.ITALIC,
        "d": Style.STRUCK,
        "e": Style.CODE,
        "f": Style.LINK,
        "h": Style.BOLD | Style.ITALIC,
    }


@pytest.mark.parametrize(
    "formula",
    [
        r"\(a_1^2 + b_1^2\)",
        r"\[ \int_0^1 x\,dx = \frac{1}{2} \]",
        r"$$x_1 * y * z_1\;$$",
        "\\[\nE = mc^2\n\\]",
    ],
)
def test_formulas_stay_as_they_were_written(formula: str) -> None:
    words = rich(f"*So* {formula} it is")
    assert words.text == f"So {formula} it is".replace("\n", LINE)
    assert [span.style for span in words.spans] == [Style.ITALIC]


def test_what_is_no_formula_is_markdown() -> None:
    assert rich(r"see \[ref\] and \( alone and $$ alone").text == "see [ref] and ( alone and $$ alone"
    assert rich(r"\\(x\\)").text == r"\(x\)"
    start = thread_time()
    rich("\\(" * 3_000 + "$$" * 3_000)
    assert thread_time() - start < 2


def test_positions_count_utf16_units() -> None:
    words = rich("😀 **b**")
    (span,) = words.spans
    assert (span.start, span.length) == (3, 1)


def test_pictures_are_named_not_fetched() -> None:
    words = rich("![a cat](http://example.org/cat.png)")
    assert words.text == "a cat (http://example.org/cat.png)"


def test_html_and_bare_links() -> None:
    words = rich("<b>x</b> see https://example.org/a, and\nmore")
    assert words.text == f"<b>x</b> see https://example.org/a, and{LINE}more"
    assert [span.href for span in words.spans] == ["https://example.org/a"]


def test_scripts_are_no_links() -> None:
    assert not rich("[x](javascript:alert(1))").spans
