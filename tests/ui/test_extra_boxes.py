"""What stands in a message beside its text: pictures, what was read in them, pages that open beside."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.conversation import Node
from models.parts import Role
from tests.ui.conftest import Stage
from ui.chips import ChipRow, ChipText
from ui.code_block import CodeBox
from ui.extra_boxes import FoldBox, PageBox, PictureBox
from ui.extra_widgets import FoldLine, PageCard
from ui.markdown_blocks import Fold, Picture, Place
from ui.theme import Flow, Space
from ui.thumbnails import Thumbnails, thumbnails
from ui.transcript import Shown, Transcript

PAGE = "<!DOCTYPE html>\n<html><head><title>My  joke &amp; page</title></head>\n<body>Hi</body></html>"
FOLD = Fold(Place(), "Read, not seen: 1 title, 2 boxes", ('title "Jokes"', "  box", "  box"))


@pytest.fixture
def view(stage: Stage) -> Transcript:
    transcript = Transcript()
    stage.show(transcript, 1032, 652)
    return transcript


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    image = QImage(1200, 600, QImage.Format.Format_RGB32)
    image.fill(QColor("#aa3311"))
    path = tmp_path / "picture.png"
    assert image.save(str(path))
    return Picture(Place(), str(path), "picture.png", 1200, 600)


def asked(text: str, *pictures: Picture) -> Shown:
    return Shown(Node("q", None, Role.USER, text, 0.0), ("q",), pictures)


def answered(text: str, fold: Fold | None = None) -> Shown:
    return Shown(Node("a", "q", Role.ASSISTANT, text, 0.0), ("a",), fold=fold)


def test_a_picture_stands_above_the_words_in_its_own_proportions(
    view: Transcript, picture: Picture, qtbot: QtBot
) -> None:
    view.show_path([asked("What is this?", picture)])
    box, words = view.column.messages[0].boxes
    assert isinstance(box, PictureBox)
    assert (box.width, box.height) == (608, 304)
    assert view.column.messages[0].tops()[1] == 304 + Flow.PARAGRAPH
    assert words.words(0, words.end) == "What is this?"
    qtbot.waitUntil(lambda: thumbnails().get(picture.path, box._size()) is not None)
    view.viewport().update()
    at = (view.origin + view.column.messages[0].corner(0)).toPoint()
    shot = view.viewport().grab().toImage()
    assert shot.pixelColor(at.x() + 100, at.y() + view.column.text_top(0) + 100).name() == "#aa3311"


def test_a_picture_in_a_new_size_shows_the_old_one_until_it_is_made(picture: Picture, qtbot: QtBot) -> None:
    shelf = Thumbnails()
    assert shelf.get(picture.path, QSize(600, 300)) is None
    qtbot.waitUntil(lambda: shelf.get(picture.path, QSize(600, 300)) is not None)
    meanwhile = shelf.get(picture.path, QSize(400, 200))
    assert meanwhile is not None
    assert meanwhile.size() == QSize(600, 300)

    def is_made() -> bool:
        now = shelf.get(picture.path, QSize(400, 200))
        return now is not None and now.size() == QSize(400, 200)

    qtbot.waitUntil(is_made)
    assert shelf.get(picture.path + ".other", QSize(400, 200)) is None


def test_a_tall_picture_is_no_higher_than_it_may_be_and_a_small_one_is_not_blown_up(
    view: Transcript, picture: Picture
) -> None:
    tall, small = replace(picture, width=100, height=4000), replace(picture, width=60, height=40)
    view.show_path([asked("", tall, small)])
    boxes = view.column.messages[0].boxes
    assert [box.height for box in boxes] == [Flow.PICTURE, 40]


def test_a_picture_that_is_gone_says_so(view: Transcript, picture: Picture, qtbot: QtBot) -> None:
    gone = replace(picture, path=picture.path + ".gone")
    view.show_path([asked("Look", gone)])
    box = view.column.messages[0].boxes[0]
    assert isinstance(box, PictureBox)
    qtbot.waitUntil(lambda: thumbnails().get(gone.path, box._size()) is not None)
    view.viewport().grab()
    assert view.column.messages[0].text == "Look"


def test_what_was_read_unfolds_by_pointer_and_key(view: Transcript, picture: Picture) -> None:
    view.show_path([asked("Look", picture), answered("An answer.", FOLD)])
    message = view.column.messages[1]
    line = view.overlay.widget("a", "fold", 0)
    assert isinstance(line, FoldLine)
    assert line.accessibleName() == FOLD.title
    closed = message.tops()[1]
    assert closed == Space.FOLD
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert message.tops()[1] == closed + 3 * Flow.CODE_LINE + Space.S
    fold = message.boxes[0]
    assert isinstance(fold, FoldBox)
    assert fold.words(0, fold.end) == "\n".join(FOLD.lines)
    again = view.overlay.widget("a", "fold", 0)
    assert again is line
    line.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert message.tops()[1] == closed


def test_an_answer_streams_in_below_its_fold(view: Transcript) -> None:
    view.show_path([asked("Look")])
    view.begin(answered("", FOLD))
    for piece in ("One **wo", "rd**.\n\n", "Two."):
        view.append("a", piece)
    view.finish(answered("One **word**.\n\nTwo.", FOLD))
    message = view.column.messages[1]
    assert [type(box).__name__ for box in message.boxes] == ["FoldBox", "TextBox", "TextBox"]
    assert message.text == "One **word**.\n\nTwo."
    assert message.words(message.whole) == "One word.\n\nTwo."


def test_a_page_in_an_answer_is_a_card_that_opens_it(view: Transcript, qtbot: QtBot) -> None:
    view.show_path([asked("A page"), answered(f"Here:\n\n```html\n{PAGE}\n```\n\nDone.")])
    boxes = view.column.messages[1].boxes
    assert isinstance(boxes[1], PageBox)
    card = view.overlay.widget("a", "page", 1)
    assert isinstance(card, PageCard)
    assert card.accessibleName().startswith("My joke & page, ")
    with qtbot.waitSignal(view.page_wanted) as wanted:
        QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    assert wanted.args == ["a", PAGE]
    assert PAGE in view.column.messages[1].text


def test_a_piece_of_html_stays_code(view: Transcript) -> None:
    view.show_path([asked("?"), answered("```html\n<b>bold</b>\n```\n\n```python\n<html>\n```")])
    assert [type(box) for box in view.column.messages[1].boxes] == [CodeBox, CodeBox]


def test_code_becomes_a_card_while_it_streams(view: Transcript) -> None:
    view.show_path([asked("A page")])
    view.begin(answered(""))
    for piece in ("```html\n", *(line + "\n" for line in PAGE.splitlines()), "```\n"):
        view.append("a", piece)
    view.finish(answered(f"```html\n{PAGE}\n```\n"))
    (box,) = view.column.messages[1].boxes
    assert isinstance(box, PageBox)
    assert box.html == PAGE


def test_chips_wrap_are_removed_by_key_and_cross_and_tell_what_they_are(stage: Stage, qtbot: QtBot) -> None:
    row = ChipRow(None)  # type: ignore[arg-type]
    stage.show(row, 420, 120)
    texts = [ChipText("sketch.png", "reading"), ChipText("a-very-long-name-of-a-photograph.jpeg", "Read")]
    row.set(texts, can_make_page=True)
    assert row.arrange(400) > Space.SMALL_BUTTON
    first, second = row.chips
    assert first.accessibleName() == "sketch.png, reading"
    removed: list[int] = []
    row.removed.connect(removed.append)
    QTest.keyClick(first, Qt.Key.Key_Delete)
    QTest.mouseClick(second._cross, Qt.MouseButton.LeftButton)
    assert removed == [0, 1]
    with qtbot.waitSignal(row.page_requested):
        QTest.mouseClick(row.page_button, Qt.MouseButton.LeftButton)
    row.set([], can_make_page=False)
    assert row.chips == []
    assert row.isHidden()
