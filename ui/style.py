"""The application's stylesheet and palette, made from the tokens: for what Qt paints itself.

Fields, scroll bars, the menus of text fields. Everything else paints itself (controls, floating, rows).
"""

from string import Template

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from ui.theme import Space, load_fonts, sans, theme

# For QApplication. Fusion asks the palette for everything; the native styles keep colours of their own. It is
# not chosen by setStyle, whose answer has PySide make some 500 names of QStyle before the window can open.
CHOSEN = ("-style", "Fusion")

_SHEET = Template("""
QWidget#bare, QAbstractScrollArea#bare { background: transparent; border: none; }
QLineEdit, QPlainTextEdit#field {
    background: $raised; color: $ink; border: ${hair}px solid $control; border-radius: ${radius}px;
    selection-background-color: $wash; selection-color: $ink; placeholder-text-color: $ink3;
}
QLineEdit { padding: 0 ${s}px; min-height: ${field}px; }
QLineEdit#rename { padding: 0 ${inline}px; }
QPlainTextEdit#field { padding: ${xs}px; }
QLineEdit:focus, QPlainTextEdit#field:focus { border-color: $accent; }
QLineEdit:disabled, QPlainTextEdit#field:disabled { color: $off; }
QScrollBar:vertical { background: transparent; width: ${gutter}px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: ${gutter}px; margin: 0; }
QScrollBar::handle {
    background: $control; border: none; border-radius: ${thumb}px; margin: ${gap}px;
}
QScrollBar::handle:vertical { min-height: ${xxxl}px; }
QScrollBar::handle:horizontal { min-width: ${xxxl}px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $off; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QToolTip {
    background: $ink; color: $page; border: none; padding: ${xs}px ${s}px; font-size: 12px;
}
QMenu { background: $raised; color: $ink; border: ${hair}px solid $control; padding: ${xs}px; }
QMenu::item { padding: ${s}px ${xxl}px ${s}px ${m}px; border-radius: ${radius}px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $off; }
QMenu::separator { height: ${hair}px; background: $line; margin: ${xs}px 0; }
""")


def stylesheet() -> str:
    """The sheet for the theme in force."""
    colours = {name: value for name, value in theme().colours._asdict().items() if isinstance(value, str)}
    gap = Space.XS - Space.HAIR
    return _SHEET.substitute(
        colours,
        hair=Space.HAIR,
        radius=Space.RADIUS,
        xs=Space.XS,
        s=Space.S,
        m=Space.M,
        xxl=Space.XXL,
        xxxl=Space.XXXL,
        field=Space.ROW - 2 * Space.HAIR,
        inline=Space.S - Space.HAIR - 2,  # a line edit adds 2 of its own: so its text does not move
        gap=gap,
        gutter=Space.SCROLLBAR + 2 * gap,
        thumb=Space.SCROLLBAR // 2,
    )


def palette() -> QPalette:
    """The tokens in Qt's roles, for whatever asks the palette instead of the theme."""
    roles = {
        QPalette.ColorRole.Window: "page",
        QPalette.ColorRole.Base: "raised",
        QPalette.ColorRole.AlternateBase: "sunk",
        QPalette.ColorRole.Button: "raised",
        QPalette.ColorRole.WindowText: "ink",
        QPalette.ColorRole.Text: "ink",
        QPalette.ColorRole.ButtonText: "ink",
        QPalette.ColorRole.PlaceholderText: "ink3",
        QPalette.ColorRole.Highlight: "wash",
        QPalette.ColorRole.HighlightedText: "ink",
        QPalette.ColorRole.Link: "accent",
        QPalette.ColorRole.ToolTipBase: "ink",
        QPalette.ColorRole.ToolTipText: "page",
    }
    made = QPalette()
    for role, token in roles.items():
        made.setColor(role, theme().colour(token))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme().colours.off))
    return made


def apply(app: QApplication) -> None:
    """Dress the application, now and whenever the theme changes."""
    load_fonts()

    def dress() -> None:
        app.setPalette(palette())
        app.setFont(sans(13))
        app.setStyleSheet(stylesheet())

    dress()
    theme().changed.connect(dress)
