"""The conversation: what it lays out, how it follows, what it copies, what its buttons say."""

from collections.abc import Callable
from time import thread_time

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.conversation import Details, Node, State
from models.parts import Role
from tests.ui.conftest import Stage
from ui import message_row
from ui.blocks import TextBox
from ui.code_block import CodeBox
from ui.controls import IconButton
from ui.fault_box import FaultBox
from ui.floating import Menu, MenuRow
from ui.message_row import AnswerRow, CopyButton, SlipRow, details_of
from ui.slip_editor import SlipEditor
from ui.table_block import TableBox
from ui.theme import Appearance, TextSize, theme
from ui.tip import tip
from ui.transcript import Shown, Transcript

ANSWER = """First **bold** paragraph.

- one
- two

```python
import os
print("x")
```

| a | b |
|---|---|
| 1 | 2 |

Last words.
"""


def shown(role: Role, text: str, id_: str, versions: tuple[str, ...] = (), **more: object) -> Shown:
    node = Node(id_, None, role, text, 0.0, **more)  # type: ignore[arg-type]
    return Shown(node, versions or (id_,))


def you(text: str, id_: str = "q", versions: tuple[str, ...] = ()) -> Shown:
    return shown(Role.USER, text, id_, versions)


def answer(text: str, id_: str = "a", versions: tuple[str, ...] = (), **more: object) -> Shown:
    return shown(Role.ASSISTANT, text, id_, versions, **more)


@pytest.fixture
def view(stage: Stage) -> Transcript:
    transcript = Transcript()
    stage.show(transcript, 1032, 652)
    return transcript


def centre(view: Transcript, message: int, box: int, x: float = 0, y: float = 10) -> QPoint:
    """A point of the viewport in a box."""
    column = view.column
    at = column.messages[message].corner(box) + QPointF(x, y + column.text_top(message))
    return (view.origin + at).toPoint()


def drag(view: Transcript, start: QPoint, end: QPoint) -> None:
    port = view.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(port, (start + end) / 2)
    QTest.mouseMove(port, end)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=end)


def button(widget: QWidget | None, name: str) -> QAbstractButton:
    assert widget is not None
    found = [child for child in widget.findChildren(QAbstractButton) if child.accessibleName() == name]
    assert len(found) == 1, [child.accessibleName() for child in widget.findChildren(QAbstractButton)]
    return found[0]


def heard(signal: object) -> list[object]:
    """What a signal says from now on."""
    said: list[object] = []
    signal.connect(lambda *words: said.append(words[0] if len(words) == 1 else words))  # type: ignore[attr-defined]
    return said


# The page


def test_lines_stand_exactly_27_apart(view: Transcript) -> None:
    view.show_path([you("q"), answer("word " * 100)])
    box = view.column.messages[1].boxes[0]
    assert box.exact
    assert box.height % 27 == 0
    assert view.column.text_top(1) == 24 + 12 + 23 + 12 + 20


def test_measures_of_the_page(view: Transcript) -> None:
    view.show_path([you("q"), answer(ANSWER)])
    message = view.column.messages[1]
    tops, boxes = message.tops(), message.boxes
    gaps = [tops[n + 1] - tops[n] - boxes[n].height for n in range(len(boxes) - 1)]
    assert gaps == [8, 0, 12, 12, 12]  # to the list, in it, to code, to the table, to the last words
    assert boxes[3].height == 1 + 32 + 2 * 20 + 13
    assert boxes[4].height == 2 * 28
    assert view.origin.x() == (1032 - 608) // 2


def test_each_line_of_ones_own_message_runs_its_own_way(view: Transcript) -> None:
    hebrew = "\u05e9\u05dc\u05d5\u05dd"
    view.show_path([you(f"One\n\n{hebrew}\nTwo")])
    boxes = view.column.messages[0].boxes
    assert [box.height for box in boxes] == [2 * 23, 23, 23]
    assert [box.caret().x() > 300 for box in boxes] == [False, True, False]
    assert view.column.text_bottom(0) - view.column.text_top(0) == 4 * 23


def test_a_narrow_window_has_a_narrow_column(stage: Stage) -> None:
    view = Transcript()
    stage.show(view, 500, 400)
    view.show_path([answer("word " * 100)])
    assert view.column.width == 500 - 80


def test_text_size_and_colours_follow_the_theme(view: Transcript) -> None:
    view.show_path([answer("word " * 100)])
    before = view.grab().toImage()
    theme().set(Appearance.DARK, size=TextSize.LARGE)
    assert view.column.width == 680
    assert view.column.messages[0].boxes[0].height % 30 == 0
    assert view.grab().toImage() != before


def test_a_long_chat_opens_at_once(view: Transcript) -> None:
    items = [you(f"Question {n}", f"q{n}") if n % 2 else answer(ANSWER * 3, f"a{n}") for n in range(1000)]
    start = thread_time()
    view.show_path(items)
    view.repaint()
    assert thread_time() - start < 2
    assert sum(message.opened for message in view.column.messages) < 10
    assert view.follows


def test_unchanged_messages_keep_their_layout(view: Transcript) -> None:
    items = [you("q"), answer(ANSWER, "a1", ("a1", "a2"))]
    view.show_path(items)
    kept, dropped = view.column.messages
    view.show_path([items[0], answer("Another", "a2", ("a1", "a2"))])
    assert view.column.messages[0] is kept
    assert view.column.messages[1] is not dropped


def test_what_is_in_view_does_not_jump(view: Transcript, qtbot: QtBot) -> None:
    view.show_path([answer((ANSWER + "\n\nword " * 70 + "\n\n") * 12, f"a{n}") for n in range(6)])
    bar = view.verticalScrollBar()
    for _ in range(60):
        anchor = view.column.anchor(bar.value(), bar.value() + 652)
        was = bar.value()
        bar.setValue(was - 90)
        if bar.value() == 0:
            break
        assert anchor is not None
        index, number, below = anchor
        top = view.column.text_top(index) + view.column.messages[index].tops()[number]
        assert top - bar.value() == pytest.approx(below + 90, abs=1)


# Streaming


def begin(view: Transcript, text: str = "") -> Callable[[str], None]:
    view.show_path([you("q")])
    view.begin(answer(text, state=State.STREAMING))
    return lambda more: view.append("a", more)


def test_it_follows_unless_scrolled_up(view: Transcript) -> None:
    append = begin(view)
    said = heard(view.scrolled)
    for _ in range(60):
        append("word " * 20 + "\n\n")
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    assert said == [False]
    bar.setValue(bar.value() - 300)
    stayed = bar.value()
    append("word " * 200)
    assert bar.value() == stayed
    assert view.latest.isVisible()
    view.latest.button.click()
    assert bar.value() == bar.maximum()
    assert view.latest.isHidden()
    append("word " * 200)
    assert bar.value() == bar.maximum()


@pytest.mark.parametrize("width", [1032, 900, 700, 500])
def test_the_way_back_to_the_end_covers_no_words(stage: Stage, width: int) -> None:
    view = Transcript()
    stage.show(view, width, 652)
    view.show_path([answer("word " * 4_000)])
    bar = view.verticalScrollBar()
    bar.setValue(300)
    latest, port = view.latest, view.viewport()
    assert latest.isVisible()
    assert port.rect().contains(latest.geometry())
    box = int(view.origin.x()) + view.column.width + 16
    assert latest.x() >= box or latest.geometry().getRect() == (0, 652 - 44, port.width(), 44)
    assert latest.beside is (width >= 900)
    before, top = view.offset, port.height() - latest.covered
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert view.offset == before + top  # what was under it is not passed over


def test_a_token_costs_the_same_at_the_end(view: Transcript) -> None:
    append = begin(view)
    append("Prose " * 300 + "\n\n| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 30 + "\n```python\n")
    append("".join(f"value_{number} = {number}\n" for number in range(1500)))
    message = view.column.messages[1]
    costs = []
    for number in range(500):
        code = message.boxes[-1]
        assert isinstance(code, CodeBox)
        before = (message.document.parsed, code.laid_out)
        append(f"value_{number} = {number}\n")
        QApplication.processEvents()
        costs.append((message.document.parsed - before[0], code.laid_out - before[1]))
    assert {parsed for parsed, _ in costs} == {0}
    assert max(lines for _, lines in costs[100:]) <= 3


def test_code_is_coloured_a_few_lines_at_a_time(view: Transcript) -> None:
    append = begin(view)
    append("```python\n")
    box = view.column.messages[1].boxes[0]
    assert isinstance(box, CodeBox)
    assert box.highlight is not None
    box.highlight.wait()
    for number in range(400):
        append(f"def f{number}():\n    return {number}\n\n")
    assert box.highlight.lexed < 400 * 40 * 6
    assert box.highlight.marks(3)
    append("```\n")
    while box.busy:
        start = thread_time()
        box.work(0.003)
        assert thread_time() - start < 0.3
    assert box.highlight.marks(1200 - 3)[0].length == len("def")


def test_only_what_is_in_view_is_laid_out(view: Transcript, qtbot: QtBot) -> None:
    view.show_path([answer("".join(f"Paragraph {n}.\n\n" for n in range(2000)))])
    qtbot.waitUntil(lambda: not view.column.messages[0].waiting)
    boxes = view.column.messages[0].boxes
    assert 10 < sum(box.exact for box in boxes) < 60


def test_status_and_progress_stand_under_it(view: Transcript) -> None:
    begin(view)
    before = view.column.height
    view.set_status("Reading 4,120 new tokens, about 9 s")
    view.set_progress(0.5)
    assert view.column.height == before + 12
    view.set_progress(None)
    assert view.column.height == before


def test_a_finished_answer_has_its_row_and_is_announced(view: Transcript) -> None:
    append = begin(view)
    append("Hello")
    assert view.overlay.widget("a", "row") is None
    view.finish(answer("Hello there", model="M"))
    assert isinstance(view.overlay.widget("a", "row"), AnswerRow)
    assert view.column.messages[1].text == "Hello there"
    assert view.accessibleDescription() == "Hello there"


def test_text_for_another_chat_is_passed_over(view: Transcript) -> None:
    view.show_path([you("q")])
    view.append("not here", "text")
    view.finish(answer("x", "not here"))
    view.clear()
    view.append("a", "text")
    view.set_status("x")
    view.set_progress(0.1)
    assert view.column.messages == []


# Selecting


def test_a_drag_over_blocks_copies_readable_text(view: Transcript) -> None:
    view.show_path([you("q"), answer(ANSWER)])
    drag(view, centre(view, 1, 0, 0), centre(view, 1, 5, 60))
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    text = QGuiApplication.clipboard().text()
    assert text.startswith(
        'First bold paragraph.\n\n- one\n- two\n\nimport os\nprint("x")\n\na\tb\n1\t2\n\nLast'
    )


def test_select_all_copies_the_source(view: Transcript) -> None:
    view.show_path([you("a *question*"), answer(ANSWER)])
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "a *question*\n\n" + ANSWER


def test_double_and_triple_clicks(view: Transcript) -> None:
    view.show_path([answer("Hello brave world. More words.")])
    port, at = view.viewport(), centre(view, 0, 0, 60)
    QTest.mouseDClick(port, Qt.MouseButton.LeftButton, pos=at)
    assert view.column.selected_text() == "brave"
    # QTest puts half a second between clicks: the third is sent by hand, at the time of the second.
    again = QMouseEvent(
        QEvent.Type.MouseButtonPress,
        QPointF(at),
        port.mapToGlobal(QPointF(at)),
        Qt.MouseButton.LeftButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    again.setTimestamp(view.pointer.clicked_at)
    QApplication.sendEvent(port, again)
    assert view.column.selected_text() == "Hello brave world. More words."


def test_shift_click_extends(view: Transcript) -> None:
    view.show_path([answer("Hello brave world."), you("next")])
    port = view.viewport()
    QTest.mouseClick(port, Qt.MouseButton.LeftButton, pos=centre(view, 0, 0, 0))
    QTest.mouseClick(
        port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, centre(view, 0, 0, 300)
    )
    assert view.column.selected_text() == "Hello brave world."


def test_code_is_copied_verbatim(view: Transcript) -> None:
    view.show_path([answer(ANSWER)])
    copy = view.overlay.widget("a", "copy", 3)
    assert isinstance(copy, IconButton)
    copy.click()
    assert QGuiApplication.clipboard().text() == 'import os\nprint("x")'


def test_a_link_is_told_not_followed(view: Transcript) -> None:
    view.show_path([answer("[here](https://example.org/x)")])
    said = heard(view.link_activated)
    at = centre(view, 0, 0, 12)
    QTest.mouseMove(view.viewport(), at)
    assert view.viewport().cursor().shape() == Qt.CursorShape.PointingHandCursor
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert said == ["https://example.org/x"]


def test_bold_words_in_a_table_keep_its_face(view: Transcript) -> None:
    view.show_path([answer("| a | b |\n|---|---|\n| **bold** | *it* |\n\n**bold**")])
    table, words = view.column.messages[0].boxes
    assert isinstance(table, TableBox)
    assert isinstance(words, TextBox)
    view.repaint()
    runs = [cell.run for cell in table._cells.values() if cell.text.spans]
    faces = [form.format.font().families()[0] for run in runs if run for form in run._layout.formats()]
    assert faces == ["Inter", "Inter"]
    assert [form.format.font().families()[0] for form in words.run()._layout.formats()] == ["Source Serif 4"]


def test_only_the_columns_of_a_table_in_view_are_laid_out(view: Transcript) -> None:
    row = "".join(f"| a long word {number} " for number in range(60)) + "|\n"
    view.show_path([answer(row + "|---" * 60 + "|\n" + row * 3)])
    box = view.column.messages[0].boxes[0]
    assert isinstance(box, TableBox)
    view.repaint()
    first = sum(cell.run is not None for cell in box._cells.values())
    assert 0 < first <= 2 * 10
    box.sideways.scroll(1e6)
    view.viewport().repaint()
    assert first < sum(cell.run is not None for cell in box._cells.values()) <= 2 * first + 2
    assert box.position(QPointF(600, 40)) >> 20 > 100


# The menu


def offered(view: Transcript) -> list[str]:
    """What the open menu offers; asked for again, it must be closed first."""
    menus = [menu for menu in view.window().findChildren(Menu) if menu.is_open()]
    assert len(menus) == 1
    return [row.words() for row in menus[0].rows() if isinstance(row, MenuRow)]


def choose(view: Transcript, words: str) -> None:
    (menu,) = (menu for menu in view.window().findChildren(Menu) if menu.is_open())
    next(row for row in menu.rows() if isinstance(row, MenuRow) and row.words() == words).click()


def right_click(view: Transcript, at: QPoint) -> None:
    port = view.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, port.mapToGlobal(at))
    QApplication.sendEvent(port, event)


def test_the_menu_offers_what_can_be_done_there(view: Transcript) -> None:
    view.show_path([you("A question"), answer("Words and [a link](https://example.org/x).")])
    right_click(view, centre(view, 0, 0, 5))
    assert offered(view) == ["Copy message", "Edit", "Select all"]
    choose(view, "Copy message")
    assert QGuiApplication.clipboard().text() == "A question"
    right_click(view, centre(view, 1, 0, 5))
    assert offered(view) == ["Copy message", "Answer again", "Select all"]
    again = heard(view.regenerate_requested)
    choose(view, "Answer again")
    assert again == ["a"]
    right_click(view, centre(view, 1, 0, 110))
    assert offered(view) == ["Copy link", "Copy message", "Answer again", "Select all"]
    choose(view, "Copy link")
    assert QGuiApplication.clipboard().text() == "https://example.org/x"
    right_click(view, QPoint(5, 600))
    assert offered(view) == ["Select all"]
    choose(view, "Select all")
    right_click(view, centre(view, 0, 0, 5))
    assert offered(view) == ["Copy", "Copy message", "Edit", "Select all"]
    choose(view, "Copy")
    assert QGuiApplication.clipboard().text().startswith("A question\n\nWords")
    right_click(view, centre(view, 0, 0, 5))
    choose(view, "Edit")
    assert isinstance(view.overlay.widget("q", "editor"), SlipEditor)


def test_the_menu_does_not_offer_another_answer_while_one_is_made(view: Transcript) -> None:
    begin(view, "Words")
    right_click(view, centre(view, 1, 0, 5))
    assert offered(view) == ["Copy message", "Select all"]


@pytest.mark.parametrize("by", ["menu key", "shift f10", "event"])
def test_the_menu_opens_by_a_key(view: Transcript, by: str) -> None:
    view.show_path([you("A question"), answer("Words")])
    view.setFocus(Qt.FocusReason.TabFocusReason)
    match by:
        case "menu key":
            QTest.keyClick(view, Qt.Key.Key_Menu)
        case "shift f10":
            QTest.keyClick(view, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
        case "event":
            event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
            QApplication.sendEvent(view, event)
    assert offered(view) == ["Copy message", "Answer again", "Select all"]
    focus = view.window().focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Escape)
    assert view.hasFocus()
    edit = button(view.overlay.widget("q", "row"), "Edit")
    edit.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(edit, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert offered(view) == ["Copy message", "Edit", "Select all"]


# Buttons


def test_buttons_of_an_answer(view: Transcript) -> None:
    view.show_path([you("q"), answer(ANSWER, "a", ("old", "a", "new"))])
    row = view.overlay.widget("a", "row")
    versions, again = heard(view.version_requested), heard(view.regenerate_requested)
    button(row, "Earlier version").click()
    button(row, "Later version").click()
    button(row, "Answer again").click()
    copy = button(row, "Copy")
    copy.click()
    assert versions == ["old", "new"]
    assert again == ["a"]
    assert QGuiApplication.clipboard().text() == ANSWER
    for child in (copy, button(row, "Answer again"), button(row, "Earlier version")):
        assert (child.width(), child.height()) == (28, 28)
        assert child.toolTip()
        assert child.focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize(("kind", "number"), [("row", 0), ("copy", 3)])
def test_a_copy_button_says_that_it_has(
    view: Transcript, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, kind: str, number: int
) -> None:
    monkeypatch.setattr(message_row, "SAID", 40)
    view.show_path([answer(ANSWER)])
    found = view.overlay.widget("a", kind, number)
    assert found is not None
    copy = found if isinstance(found, CopyButton) else button(found, "Copy")
    assert isinstance(copy, CopyButton)
    name, before = copy.accessibleName(), copy.grab().toImage()
    copy.click()
    copy.click()
    assert copy.accessibleName() == "Copied"
    assert tip().words() == "Copied"
    assert tip().isVisible()
    assert copy.grab().toImage() != before
    qtbot.waitUntil(lambda: copy.accessibleName() == name)
    assert not tip().isVisible()


def test_a_stopped_answer_can_go_on(view: Transcript) -> None:
    view.show_path([you("q"), answer("Half", state=State.STOPPED, details=Details(tokens=98))])
    said = heard(view.continue_requested)
    button(view.overlay.widget("a", "row"), "Continue").click()
    assert said == ["a"]


def test_rows_of_older_answers_show_on_hover_or_focus(view: Transcript) -> None:
    view.show_path([answer("First", "a1"), you("q"), answer("Last", "a2")])
    first, last = view.overlay.widget("a1", "row"), view.overlay.widget("a2", "row")
    assert isinstance(first, AnswerRow)
    assert isinstance(last, AnswerRow)
    assert (first.showing, last.showing) == (False, True)
    QTest.mouseMove(view.viewport(), centre(view, 0, 0, 5))
    assert first.showing
    QTest.mouseMove(view.viewport(), QPoint(2, 600))
    assert not first.showing
    button(first, "Copy").setFocus(Qt.FocusReason.TabFocusReason)
    assert first.showing


def test_tab_goes_from_top_to_bottom(view: Transcript) -> None:
    view.show_path([you("q"), answer("First", "a1"), you("r", "r"), answer("Last", "a2")])
    view.setFocus(Qt.FocusReason.TabFocusReason)
    heights = []
    for _ in range(8):
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not None
        heights.append(focus.mapTo(view, QPoint(0, 0)).y())
    assert heights == sorted(heights)


def test_details_say_only_what_is_known() -> None:
    full = Details(tokens=148, tokens_per_second=32.2, first_token=0.41, reused=1204)
    assert details_of(answer("x", model="Qwen3 4B", details=full).node) == [
        "Qwen3 4B",
        "32 tok/s",
        "first token 0.4 s",
        "1,204 tokens reused",
    ]
    assert details_of(answer("x").node) == []
    stopped = answer("x", state=State.STOPPED, details=Details(tokens=98))
    assert details_of(stopped.node) == ["stopped at 98 tokens"]
    uncounted = answer("x", state=State.CUT, details=Details())
    assert details_of(uncounted.node) == ["cut"]


def test_details_stand_beside_the_buttons_while_there_is_room(view: Transcript) -> None:
    known = Details(tokens=148, tokens_per_second=32.2, first_token=0.41, reused=1204)
    model = "SmolLM2 135M Instruct Q4_1"
    view.show_path([answer("x", model=model, details=known)])
    row = view.overlay.widget("a", "row")
    assert isinstance(row, AnswerRow)
    assert row.sized(608).height() == 28 + 2 * 4
    view.show_path([answer("x", "b", ("a", "b"), model=model, state=State.STOPPED, details=known)])
    row = view.overlay.widget("b", "row")
    assert isinstance(row, AnswerRow)
    assert row.sized(608).height() == 28 + 4 + 16 + 2 * 4


def test_details_under_the_buttons_do_not_touch_them(view: Transcript) -> None:
    view.show_path([answer("x", model="A long name " * 12, state=State.STOPPED, details=Details(tokens=98))])
    row = view.overlay.widget("a", "row")
    assert isinstance(row, AnswerRow)
    picture = row.grab().toImage()
    below = button(row, "Continue").geometry().bottom() + 1
    ground = picture.pixelColor(row.width() - 1, below)
    for y in range(below, below + 4):
        assert all(picture.pixelColor(x, y) == ground for x in range(row.width()))


def test_a_note_takes_lines_of_its_own(view: Transcript) -> None:
    view.show_path([answer("x", details=Details(note="All was read anew. " * 12))])
    row = view.overlay.widget("a", "row")
    assert isinstance(row, AnswerRow)
    assert row.sized(608).height() >= 28 + 2 * 16


# Errors


def test_the_box_of_an_error(view: Transcript) -> None:
    fault = "The engine stopped. These 2 words are kept."
    view.show_path(
        [you("q"), answer("Two words", state=State.FAILED, fault=fault, fault_details="line\nline")]
    )
    box = view.overlay.widget("a", "fault")
    assert isinstance(box, FaultBox)
    assert box.y() - (view.origin.y() + view.column.text_bottom(1)) == 16
    said = heard(view.continue_requested)
    box.go_on.click()
    assert said == ["a"]
    before = box.height()
    box.details.click()
    assert box.height() > before
    row = view.overlay.widget("a", "row")
    assert row is not None
    assert row.y() > box.geometry().bottom()


# Editing


def test_a_message_is_edited_in_its_place(view: Transcript, qtbot: QtBot) -> None:
    view.show_path([you("Old words"), answer("x")])
    said = heard(view.edited)
    row = view.overlay.widget("q", "row")
    assert isinstance(row, SlipRow)
    button(row, "Edit").click()
    editor = view.overlay.widget("q", "editor")
    assert isinstance(editor, SlipEditor)
    assert editor.field.hasFocus()
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    assert view.overlay.widget("q", "editor") is None
    view.overlay.edit("q")
    editor = view.overlay.widget("q", "editor")
    assert isinstance(editor, SlipEditor)
    editor.field.setPlainText("New\nwords")
    QTest.keyClick(editor.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert said == [("q", "New\nwords")]
    assert view.overlay.widget("q", "editor") is None


def typed(view: Transcript, text: str) -> SlipEditor:
    view.overlay.edit("q")
    editor = view.overlay.widget("q", "editor")
    assert isinstance(editor, SlipEditor)
    editor.field.setPlainText(text)
    return editor


def test_an_open_edit_stays_while_the_chat_is_shown_anew_or_scrolled(view: Transcript) -> None:
    items = [you("Old words"), answer("word " * 4_000)]
    view.show_path(items)
    editor = typed(view, "New words")
    view.show_path([*items, you("More", "q2")])
    view.scroll_to_end()
    assert view.overlay.widget("q", "editor") is editor
    assert not view.viewport().rect().intersects(editor.geometry())
    view.verticalScrollBar().setValue(0)
    assert view.viewport().rect().contains(editor.geometry())
    assert editor.field.toPlainText() == "New words"


def test_the_box_in_which_was_typed_opens_again(view: Transcript) -> None:
    kept: dict[str, str] = {}
    view.edits = kept
    view.edit_typed.connect(kept.__setitem__)
    left = heard(view.edit_left)
    items = [you("Old words"), answer("x")]
    view.show_path(items)
    typed(view, "New words")
    view.show_path([you("Another chat", "p")])
    assert view.overlay.widget("q", "editor") is None
    view.show_path(items)
    editor = view.overlay.widget("q", "editor")
    assert isinstance(editor, SlipEditor)
    assert editor.field.toPlainText() == "New words"
    assert not editor.field.hasFocus()
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    assert left == ["q"]


# Whatever comes


HUGE = {
    "lines": "line of text\n" * 20_000,
    "one line": "x" * 200_000,
    "words": "word " * 40_000,
    "right to left": "שלום עולם " * 2_000,
    "emoji": "👩‍👩‍👧‍👦👋🏽 " * 500,
    "controls": "a\x00b\x07c\x1b[0m\u202e " * 200,
    "unclosed": "**a _b `c [d](e\n\n| x | y |\n|---\n\n```python\nx = '''",
    "quotes": "> " * 500 + "deep",
    "lists": "".join("  " * depth + f"- {depth}\n" for depth in range(500)),
    "long code line": "```json\n" + '{"a": 1}, ' * 20_000 + "\n```",
    "code": "```python\n" + "x = 1\n" * 20_000 + "```",
    "table": "| a | b |\n|---|---|\n" + "| 1 | two words |\n" * 5_000,
    "wide table": "| a " * 2_000 + "\n" + "|---" * 2_000 + "|\n" + "| 1 " * 2_000 + "\n",
    "brackets": "[" * 5_000 + "![" * 2_000,
    "surrogate": "a\ud800b",
}


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.parametrize("role", [Role.USER, Role.ASSISTANT])
def test_whatever_comes_is_shown(view: Transcript, name: str, role: Role) -> None:
    slowest = 0.0
    start = thread_time()
    view.show_path([shown(role, HUGE[name], "m")])
    view.repaint()
    for step in range(40):
        slowest = max(slowest, thread_time() - start)
        start = thread_time()
        if step % 4 == 0:
            bar = view.verticalScrollBar()
            bar.setValue(bar.maximum() * step // 40)
        QApplication.processEvents()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(500, 300))
    view.column.select_all()
    view.repaint()
    assert view.column.selected_text() == HUGE[name] or name == "surrogate"
    assert slowest < 1, "50 ms of processor on a quiet machine"


def test_streaming_whatever_comes(view: Transcript) -> None:
    for name, text in HUGE.items():
        append = begin(view)
        for at in range(0, min(len(text), 4_000), 97):
            append(text[at : at + 97])
        view.finish(answer(text[:4_000]))
        view.repaint()
        assert view.column.messages[1].boxes, name
