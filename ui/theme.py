"""The look: every colour, face, size and radius that the window uses, light and dark.

No other module holds a colour or a length of its own; they ask for a token by name. Lengths are pixels.
"""

import os
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from PySide6 import QtGui  # for QIcon, which the first paint does not need
from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

ASSETS = Path(__file__).resolve().parent.parent / "assets"


# Named tuples, as a frozen dataclass of so many fields takes some 2 ms to make.
class Colours(NamedTuple):
    """One column of the colour table; the names say what each is for."""

    page: str  # main area, plate, chips
    side: str  # sidebar; slips in light
    sunk: str  # code blocks; slips in dark
    slip: str  # your message
    raised: str  # composer, fields, buttons, popovers
    hover: str
    selected: str
    line: str  # hairlines between things
    control: str  # border of whatever can be used
    bar: str  # empty part of gauges
    ink: str
    ink2: str
    ink3: str
    off: str
    accent: str
    accent_hover: str
    accent_press: str
    accent_mid: str
    wash: str
    on_accent: str
    caution: str
    fault: str
    shadow_alpha: int  # of 255, black

    def colour(self, name: str) -> QColor:
        """The token as a QColor; raises AttributeError for a name that is not in the table."""
        return QColor(getattr(self, name))


LIGHT = Colours(
    page="#FCFAF7",
    side="#F5F2EC",
    sunk="#F8F5F0",
    slip="#F5F2EC",
    raised="#FFFFFF",
    hover="#EDE8E0",
    selected="#E8E2D8",
    line="#E6E0D7",
    control="#CAC2B6",
    bar="#DED7CC",
    ink="#23211D",
    ink2="#575249",
    ink3="#69625A",
    off="#A59E92",
    accent="#1D6651",
    accent_hover="#17523F",
    accent_press="#10402F",
    accent_mid="#68A28C",
    wash="#E1EDE7",
    on_accent="#FFFFFF",
    caution="#85560A",
    fault="#A3331F",
    shadow_alpha=36,
)

DARK = Colours(
    page="#1D1A18",
    side="#171412",
    sunk="#24201E",
    slip="#24201E",
    raised="#292522",
    hover="#332E2A",
    selected="#3C3732",
    line="#36312D",
    control="#4E4842",
    bar="#3F3A35",
    ink="#EDE8E1",
    ink2="#BFB7AD",
    ink3="#A9A096",
    off="#6B665D",
    accent="#84C6AB",
    accent_hover="#9AD4BC",
    accent_press="#6FB297",
    accent_mid="#477C68",
    wash="#20342C",
    on_accent="#0F211A",
    caution="#DDB264",
    fault="#EE9480",
    shadow_alpha=115,
)


@cache
def stronger(column: Colours) -> Colours:
    """The same colours for a system that asks for more contrast: borders can be seen by themselves."""
    return column._replace(line=column.control, control=column.ink3)


SANS = ["Inter", "Segoe UI Variable Text", "SF Pro Text", "Cantarell", "Noto Sans"]
SERIF = ["Source Serif 4", "Charter", "Georgia", "Noto Serif"]
MONO = ["JetBrains Mono", "Cascadia Mono", "SF Mono", "DejaVu Sans Mono"]


class Appearance(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Face(StrEnum):
    """What answers are set in."""

    SERIF = "serif"
    SANS = "sans"


class TextSize(StrEnum):
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Measure(NamedTuple):
    """Sizes that follow the chosen text size."""

    answer: int  # font pixels
    answer_line: int  # line height
    column: int  # text column


MEASURES = {
    TextSize.SMALL: Measure(15, 24, 544),
    TextSize.MEDIUM: Measure(17, 27, 608),
    TextSize.LARGE: Measure(19, 30, 680),
}


class Space:
    """Steps, heights and radii that do not change."""

    HAIR = 1
    XS, S, M, L, XL, XXL, XXXL = 4, 8, 12, 16, 20, 24, 32
    HANG = 16  # every box hangs this far outside the text edge
    RADIUS_SMALL, RADIUS, RADIUS_BOX, RADIUS_FLOAT = 4, 6, 8, 12
    SIDEBAR = 248
    TOP = 48
    ROW = 32
    PLATE_ROW = 30
    SMALL_BUTTON = 28
    COMPOSER_FOOT = 44
    GAUGE = (96, 4)
    PICKER = 336
    PICKER_ROW = 44
    MENU = 224
    TOAST = 40
    SETTING_ROW = 52
    CARD = (205, 160)
    CARD_DRAWING = (173, 56)
    CODE_HEAD = 32
    TABLE_ROW = 28
    ACTIONS = 28
    FOLD = 24
    CHIP = 24
    CARET = (8, 17)
    SHADOW, SHADOW_DROP = 24, 8
    SCROLLBAR = 6
    LABEL_ROW = 36  # a group label: 16 above, 16 high, 4 below
    TIP = 28
    SWITCH = (32, 18)
    RING = 2  # of keyboard focus: this thick, and this far outside
    PAGE_COLUMN = 640  # settings
    COMPOSER_LINES = 10
    COMPOSER_LINE = 23
    COMPOSER_TOP, COMPOSER_GAP, COMPOSER_BOTTOM = 14, 2, 3  # above the text, above and below the foot
    GAUGE_SHORT = 48
    SMALLEST_WINDOW = (480, 400)
    FOLDS_BELOW = 1000  # a window narrower than this has no sidebar
    CANVAS_FOLDS_BELOW = 1440  # nor has one narrower than this while the canvas is open
    CANVAS = 560  # at least
    CANVAS_CHAT = (440, 488, 704)  # the chat beside it: at least, as a rule, and at most
    CANVAS_SHARE = 0.38  # of the width, that the chat takes between these


class Flow:
    """Lengths of the conversation: messages, and the blocks of an answer."""

    TOP, BOTTOM = 24, 16  # above the first message, below the last
    ANSWER = 20  # message to answer
    NEXT = 24  # answer to the next message
    PARAGRAPH, LIST, HEADING = 12, 8, 20  # above: a block, a list, a heading
    SLIP = (16, 12)  # inset of a message: sideways, up and down
    YOU, YOU_LINE = 15, 23
    HEADINGS = ((22, 28), (19, 27), (17, 27))  # at medium text size
    CODE, CODE_LINE, CODE_INLINE, CODE_SMALLEST = 13, 20, 14, 12
    CODE_FOOT = 13  # below the last line of code, the border included
    TAB = 4  # characters
    INDENT_QUOTE, INDENT_BULLETS, INDENT_NUMBERS = 16, 20, 24
    QUOTE_BAR = 2
    DOT = (4, 4)  # the bullet: from the left, and its size
    TASK_BOX = 13
    CODE_PAD = 3  # of the ground of code in a sentence, sideways
    CODE_GROUND = 20  # its height
    RULE = 25
    CELL = 4  # above and below the text of a cell
    NARROWEST, WIDEST = 48, 320  # of a column before it may wrap, and of its longest word
    ROW_GAP = 8  # answer to its row of buttons
    FAULT_GAP = 16  # answer to the box that tells what stopped it
    STATUS = 12  # answer to the line that tells how it comes on
    STATUS_LINE = 16
    PROGRESS = 4
    BESIDE = 12  # between the parts of a line of details
    EDITOR_LINES = 12
    PICTURE = 320  # a picture in a message is no higher
    PAGE_CARD = 48
    NARROW_COLUMN = 408  # beside a canvas


class Leaf:
    """Lengths of the canvas, which stands beside the chat as the second leaf."""

    NARROWEST = 560
    FOOT = 80
    INSET = 16  # around the page, and to the left of tabs, code and versions
    TAB_GAP, TAB_LINE = 20, 2
    SEGMENT = 33  # of the switch of widths
    PHONE, TABLET = 375, 768  # CSS pixels
    THUMB = (72, 48)
    ROW = 64  # of a version in the list
    NUMBERS, NUMBERS_GAP = 12, 12  # size of line numbers, and from them to the code
    DARKROOM = (960, 640)  # what is pictured in a thumbnail


def column_in(width: int) -> int:
    """The text column in a page of this width: 24 px of air beside its boxes, 16 where it gets narrow."""
    wide, close = width - 2 * (Space.XXL + Space.HANG), width - 4 * Space.HANG
    return min(theme().measure.column, max(wide, min(Flow.NARROW_COLUMN, close)))


class Motion:
    """Durations in milliseconds; all curves are OutCubic."""

    POPOVER_IN, POPOVER_OUT, FOLD, PANEL, GAUGE = 120, 80, 160, 200, 200
    RISE = 4  # pixels that a popover comes up
    TOOLTIP, TOAST = 500, 8000


def load_fonts() -> None:
    """Register the bundled faces; safe to call more than once."""
    _load_fonts()


@cache
def _load_fonts() -> None:
    for file in sorted((ASSETS / "fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(file))


@cache
def _font(families: tuple[str, ...], size: int, weight: int, italic: bool) -> QFont:
    font = QFont(list(families))
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    font.setItalic(italic)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if families[0] == MONO[0]:
        for ligature in ("liga", "calt"):
            font.setFeature(QFont.Tag(ligature), 0)
    return font


def sans(size: int = 13, weight: int = 400, italic: bool = False) -> QFont:
    """Inter: what the person writes, and every control."""
    return QFont(_font(tuple(SANS), size, weight, italic))


def serif(size: int = 17, weight: int = 400, italic: bool = False) -> QFont:
    """Source Serif: what the model writes, and headlines."""
    return QFont(_font(tuple(SERIF), size, weight, italic))


def mono(size: int = 13, italic: bool = False) -> QFont:
    """JetBrains Mono, ligatures off."""
    return QFont(_font(tuple(MONO), size, 400, italic))


def tabular(font: QFont) -> QFont:
    """The same font with figures of one width, for numbers that change or stand in columns."""
    font = QFont(font)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


# Lucide is drawn with a stroke of 1.5 px on screen at every size: these are its widths on the 24 grid.
STROKES = {14: 2.57, 16: 2.25, 18: 2.0}


def _svg(name: str, size: int, colour: str, ground: str) -> bytes:
    text = (ASSETS / "icons" / f"{name}.svg").read_text("utf-8")
    text = text.replace("currentColor", colour).replace("groundColor", ground)
    return text.replace('stroke-width="2"', f'stroke-width="{STROKES.get(size, 2.25)}"').encode()


@cache
def _pixmap(name: str, size: int, colour: str, ground: str, ratio: float) -> QPixmap:
    pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(_svg(name, size, colour, ground))).render(
        painter, QRectF(0, 0, pixmap.width(), pixmap.height())
    )
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


class Theme(QObject):
    """The look in force. Widgets read it when they paint and repaint when `changed` is emitted."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.appearance = Appearance.SYSTEM
        self.face = Face.SERIF
        self.size = TextSize.MEDIUM
        # Both are kept: PySide forgets the second, which Qt owns, once nothing holds the first.
        self._hints = QGuiApplication.styleHints()
        self._wishes = self._hints.accessibility()
        self._hints.colorSchemeChanged.connect(self._system_changed)
        self._wishes.contrastPreferenceChanged.connect(self.changed)

    def _system_changed(self) -> None:
        if self.appearance is Appearance.SYSTEM:
            self.changed.emit()

    def set(
        self,
        appearance: Appearance | None = None,
        face: Face | None = None,
        size: TextSize | None = None,
    ) -> None:
        """Change what is given and tell everybody once."""
        wanted = (appearance or self.appearance, face or self.face, size or self.size)
        if wanted != (self.appearance, self.face, self.size):
            self.appearance, self.face, self.size = wanted
            self.changed.emit()

    @property
    def dark(self) -> bool:
        if self.appearance is Appearance.SYSTEM:
            return self._hints.colorScheme() is Qt.ColorScheme.Dark
        return self.appearance is Appearance.DARK

    @property
    def colours(self) -> Colours:
        column = DARK if self.dark else LIGHT
        contrast = self._wishes.contrastPreference()
        return stronger(column) if contrast is Qt.ContrastPreference.HighContrast else column

    @property
    def still(self) -> bool:
        """The system asks for less motion, or TWOFOLD_STILL is set (for tests and screenshots)."""
        wish = getattr(self._wishes, "motionPreference", None)  # from Qt 6.12 on
        reduced = wish is not None and wish().name == "ReducedMotion"
        return reduced or bool(os.environ.get("TWOFOLD_STILL"))

    @property
    def measure(self) -> Measure:
        return MEASURES[self.size]

    def colour(self, name: str) -> QColor:
        """The token in the theme in force."""
        return self.colours.colour(name)

    def answer_font(self, weight: int = 400, italic: bool = False, size: int | None = None) -> QFont:
        """What answers are set in, at the chosen text size unless a size is given."""
        make = serif if self.face is Face.SERIF else sans
        return make(size or self.measure.answer, weight, italic)

    def pixmap(self, name: str, size: int = 16, colour: str = "ink2") -> QPixmap:
        """An icon drawn in a token's colour for the screen in use."""
        app = QGuiApplication.instance()
        ratio = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
        return _pixmap(name, size, getattr(self.colours, colour), self.colours.page, ratio)

    def icon(
        self, name: str, size: int = 16, colour: str = "ink2", on: str = "ink", off: str = "off"
    ) -> "QtGui.QIcon":
        """An icon with its hovered (`on`) and disabled (`off`) drawings."""
        icon = QtGui.QIcon()
        icon.addPixmap(self.pixmap(name, size, colour), QtGui.QIcon.Mode.Normal)
        icon.addPixmap(self.pixmap(name, size, on), QtGui.QIcon.Mode.Active)
        icon.addPixmap(self.pixmap(name, size, "off"), QtGui.QIcon.Mode.Disabled)
        return icon


@cache
def theme() -> Theme:
    """The one theme of this program; made on first use, after the QGuiApplication."""
    return Theme()


def duration(milliseconds: int) -> int:
    """The time that a motion takes: none where things are to stay still."""
    return 0 if theme().still else milliseconds


def token_names() -> list[str]:
    """The colour tokens, for tests of contrast."""
    return [name for name in Colours._fields if name != "shadow_alpha"]
