"""The sidebar, used with a mouse and with keys."""

import time

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Stage
from ui.floating import MenuRow
from ui.sidebar import ChatRow, Sidebar
from ui.theme import LIGHT, Space

NOW = 1_795_521_600.0  # noon, 24 November 2026 (UTC)
DAY = 86400.0
CHATS = [
    ChatRow("kettle", "Kettle timings", NOW - 60, pinned=True),
    ChatRow("joke", "My joke website", NOW - 10, answering=True),
    ChatRow("oak", "The oak by the gate", NOW - 20),
    ChatRow("letter", "Letter to the landlord", NOW - DAY),
]


@pytest.fixture
def sidebar(stage: Stage) -> Sidebar:
    made = Sidebar()
    made.set_chats(CHATS, NOW)
    made.set_plate("SmolLM2 135M", "98 MB", "2 threads")
    stage.show(made, Space.SIDEBAR, 800)
    return made


def row_of(sidebar: Sidebar, chat: str) -> QRect:
    return sidebar.list.visualRect(sidebar.list.chats.index_of(chat))


def press(sidebar: Sidebar, at: QPoint) -> None:
    QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=at)


def choose(sidebar: Sidebar, words: str) -> None:
    """Press a row of the open menu."""
    assert sidebar.list.menu is not None
    row = next(row for row in sidebar.list.menu.findChildren(MenuRow) if row.words() == words)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)


def editor(sidebar: Sidebar) -> QLineEdit:
    found = [field for field in sidebar.list.findChildren(QLineEdit) if field.isVisible()]
    assert len(found) == 1
    return found[0]


def test_it_is_laid_out_to_the_pixel(sidebar: Sidebar) -> None:
    assert sidebar.width() == 248
    assert sidebar.new_row.geometry() == QRect(12, 48, 223, 32)
    first = row_of(sidebar, "kettle")
    corner = sidebar.list.viewport().mapTo(sidebar, first.topLeft())
    assert (corner.x(), corner.y()) == (12, 116), "the label takes 36 under the row of New chat"
    assert (first.width(), first.height()) == (223, 32)
    assert sidebar.plate.geometry() == QRect(12, 694, 223, 62)
    foot = sidebar.settings_button.geometry()
    assert (foot.center().y() + 1, foot.height()) == (778, 28)


def test_labels_and_rows_stand_in_order(sidebar: Sidebar) -> None:
    chats = sidebar.list.chats
    shown = [str(chats.data(chats.index(n))) for n in range(chats.rowCount())]
    titles = [row.title for row in CHATS]
    assert shown == ["Pinned", titles[0], "Today", titles[1], titles[2], "Yesterday", titles[3]]


def test_a_press_opens_a_chat_and_a_label_opens_nothing(qtbot: QtBot, sidebar: Sidebar) -> None:
    chosen: list[str] = []
    sidebar.chat_chosen.connect(chosen.append)
    press(sidebar, row_of(sidebar, "oak").center())
    press(sidebar, row_of(sidebar, "kettle").center() - QPoint(0, 28))
    assert chosen == ["oak"]


def test_keys_move_over_labels_and_enter_opens(sidebar: Sidebar) -> None:
    chosen: list[str] = []
    sidebar.chat_chosen.connect(chosen.append)
    sidebar.select("kettle")
    sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(3):
        QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
    assert chosen == [], "moving is not opening"
    QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Up)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    assert chosen == ["letter", "oak"]


def test_the_open_chat_is_filled_and_the_keyboard_rings_another(sidebar: Sidebar) -> None:
    sidebar.select("kettle")
    sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
    image = sidebar.list.viewport().grab().toImage()
    selected, ringed = row_of(sidebar, "kettle"), row_of(sidebar, "joke")
    assert image.pixelColor(selected.left() + 4, selected.center().y()) == QColor(LIGHT.selected)
    assert image.pixelColor(ringed.left(), ringed.center().y()) == QColor(LIGHT.accent)
    assert image.pixelColor(ringed.left() + 4, ringed.center().y()) != QColor(LIGHT.selected)


def test_f2_renames_in_place_and_enter_keeps(sidebar: Sidebar) -> None:
    renamed: list[tuple[str, str]] = []
    sidebar.renamed.connect(lambda chat, title: renamed.append((chat, title)))
    sidebar.select("oak")
    sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(sidebar.list, Qt.Key.Key_F2)
    field = editor(sidebar)
    assert field.text() == "The oak by the gate"
    assert field.height() == Space.ROW
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, "  The  elm ")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()  # Qt takes Enter a moment later
    assert renamed == [("oak", "The elm")]
    assert sidebar.list.hasFocus()


def test_escape_and_an_empty_name_leave_it(sidebar: Sidebar) -> None:
    renamed: list[object] = []
    sidebar.renamed.connect(lambda *what: renamed.append(what))
    sidebar.rename("oak")
    QTest.keyClicks(editor(sidebar), "Else")
    QTest.keyClick(editor(sidebar), Qt.Key.Key_Escape)
    sidebar.rename("oak")
    QTest.keyClick(editor(sidebar), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(editor(sidebar), Qt.Key.Key_Delete)
    QTest.keyClick(editor(sidebar), Qt.Key.Key_Return)
    QApplication.processEvents()
    assert not sidebar.list.is_editing()
    assert renamed == []


def test_a_change_of_the_list_waits_for_the_one_who_renames(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.rename("oak")
    QTest.keyClicks(editor(sidebar), "Half a na")
    sidebar.set_chats(CHATS[:-1], NOW)
    assert editor(sidebar).text() == "Half a na"
    assert row_of(sidebar, "letter").isValid()
    QTest.keyClick(editor(sidebar), Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert not row_of(sidebar, "letter").isValid()


def test_the_menu_of_a_row(sidebar: Sidebar) -> None:
    said: list[object] = []
    sidebar.pin_toggled.connect(lambda chat, pinned: said.append(("pin", chat, pinned)))
    sidebar.export_requested.connect(lambda chat: said.append(("export", chat)))
    sidebar.delete_requested.connect(lambda chat: said.append(("delete", chat)))
    sidebar.chat_chosen.connect(lambda chat: said.append(("open", chat)))
    for chat, words in (("kettle", "Unpin"), ("oak", "Pin"), ("oak", "Export…"), ("letter", "Delete")):
        row = row_of(sidebar, chat)
        press(sidebar, QPoint(row.right() - 12, row.center().y()))
        choose(sidebar, words)
    assert said == [
        ("pin", "kettle", False),
        ("pin", "oak", True),
        ("export", "oak"),
        ("delete", "letter"),
    ]
    row = row_of(sidebar, "oak")
    press(sidebar, QPoint(row.right() - 12, row.center().y()))
    choose(sidebar, "Rename")
    assert editor(sidebar).hasFocus()


def test_the_menu_key_opens_the_menu_of_the_row_with_the_keyboard(sidebar: Sidebar) -> None:
    sidebar.select("oak")
    sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(sidebar.list.viewport(), event)
    deleted: list[str] = []
    sidebar.delete_requested.connect(deleted.append)
    choose(sidebar, "Delete")
    assert deleted == ["oak"]


def test_ctrl_del_deletes_the_row_with_the_keyboard_and_del_alone_nothing(sidebar: Sidebar) -> None:
    window = sidebar.window()
    for_the_open_chat: list[bool] = []
    QShortcut("Ctrl+Del", window, lambda: for_the_open_chat.append(True))
    deleted: list[str] = []
    sidebar.delete_requested.connect(deleted.append)
    sidebar.select("kettle")
    sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    assert deleted == []
    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    assert deleted == ["joke"]
    assert for_the_open_chat == []
    sidebar.new_row.setFocus()
    QTest.keyClick(sidebar.new_row, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    assert for_the_open_chat == [True]


def test_a_row_says_what_its_signs_mean(sidebar: Sidebar) -> None:
    row = row_of(sidebar, "joke")
    QTest.mouseMove(sidebar.list.viewport(), QPoint(20, row.center().y()))
    assert sidebar.list.tip_for(CHATS[1]) == "Answering"
    long = ChatRow("x", "A title that is far too long for the width of the sidebar", NOW)
    assert sidebar.list.tip_for(long) == long.title
    assert sidebar.list.tip_for(CHATS[2]) == ""
    chats = sidebar.list.chats
    spoken = chats.data(chats.index_of("joke"), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "My joke website, answering"


def test_buttons_say_what_was_asked_for(sidebar: Sidebar) -> None:
    said: list[str] = []
    sidebar.new_requested.connect(lambda: said.append("new"))
    sidebar.fold_requested.connect(lambda: said.append("fold"))
    sidebar.settings_requested.connect(lambda: said.append("settings"))
    sidebar.model_clicked.connect(lambda: said.append("model"))
    buttons: list[QWidget] = [
        sidebar.new_row,
        sidebar.fold_button,
        sidebar.settings_button,
        sidebar.plate.model_row,
    ]
    for button in buttons:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert said == ["new", "fold", "settings", "model"]
    assert not sidebar.new_row.isChecked(), "only the window says what is shown"
    assert not sidebar.settings_button.isChecked()
    assert sidebar.fold_button.toolTip() == "Hide sidebar  Ctrl+B"


def test_the_plate_shows_a_fault_in_its_colour(sidebar: Sidebar) -> None:
    def colours() -> set[str]:
        image = sidebar.plate.grab(QRect(100, 34, 120, 24)).toImage()
        points = ((x, y) for x in range(image.width()) for y in range(image.height()))
        return {image.pixelColor(x, y).name() for x, y in points}

    assert LIGHT.fault.lower() not in colours()
    sidebar.set_plate("SmolLM2 135M", "98 MB", "stopped", fault=True)
    assert LIGHT.fault.lower() in colours()
    assert sidebar.plate.accessibleName() == "llama.cpp: stopped"


def test_without_chats_it_says_where_they_will_be(sidebar: Sidebar) -> None:
    assert sidebar.list.isVisible()
    sidebar.set_chats([], NOW)
    assert not sidebar.list.isVisible()


def test_5000_chats_are_shown_and_moved_through_at_once(qtbot: QtBot, sidebar: Sidebar) -> None:
    many = [ChatRow(str(n), f"Chat {n}", NOW - n * 7200) for n in range(5000)]
    begin = time.thread_time()
    sidebar.set_chats(many, NOW)
    sidebar.select("4999")
    sidebar.grab()
    assert time.thread_time() - begin < 1.5
    assert sidebar.list.viewport().rect().contains(row_of(sidebar, "4999"))
    begin = time.thread_time()
    sidebar.set_chats([ChatRow("4999", "Renamed", NOW - 4999 * 7200), *many[:-1]], NOW)
    sidebar.grab()
    assert time.thread_time() - begin < 0.6
    assert sidebar.list.currentIndex().data() == "Renamed"
