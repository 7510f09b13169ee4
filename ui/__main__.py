"""The `twofold` command: no words opens the window; the others work in a terminal and load no Qt."""

import argparse
import gc
import sys
from collections.abc import Sequence

from app.display import has_display

NO_DISPLAY = (
    'There is no display here, so no window can be opened. Try `twofold chat`, or `twofold ask "..."`.'
)


def parser() -> argparse.ArgumentParser:
    """The words that the command knows."""
    top = argparse.ArgumentParser(
        prog="twofold",
        description="A desktop chat with a language model that never leaves the laptop.",
        epilog="Without a word, the window opens. TWOFOLD_HOME moves everything that is yours.",
    )
    words = top.add_subparsers(dest="word", metavar="WORD")
    ask = words.add_parser("ask", help="stream one answer; reads the question from stdin too")
    ask.add_argument("text", nargs="*", help="the question; - or nothing: from stdin")
    ask.add_argument("--model", metavar="M", help="name or file name of a model, or a path to a GGUF")
    ask.add_argument("--image", metavar="F", action="append", default=[], help="a picture to ask about")
    ask.add_argument("--json", action="store_true", help="one JSON object an event, a line each")
    page = words.add_parser("page", help="turn a sketch into a web page, as one file")
    page.add_argument("sketch", metavar="SKETCH", help="a picture of it")
    page.add_argument("wish", nargs="?", help="what else it is to do, for a model that is capable enough")
    page.add_argument("-o", "--output", metavar="F", help="where it goes; - is stdout; by default NAME.html")
    page.add_argument("--model", metavar="M", help="name or file name of a model, or a path to a GGUF")
    chat = words.add_parser("chat", help="a conversation in the terminal, kept with the others")
    chat.add_argument("--model", metavar="M", help="name or file name of a model")
    models = words.add_parser(
        "models",
        help="the models on this disk, and those that can be fetched",
        usage="twofold models [-h] [--json] [get WORD]",
    )
    models.add_argument("--json", action="store_true")
    get = models.add_subparsers(dest="what", metavar="get WORD", prog="twofold models").add_parser(
        "get", help="fetch one of those; what has come is kept if it is stopped"
    )
    get.add_argument("name", metavar="WORD", help="which: as `twofold models` names it, such as coder")
    words.add_parser("doctor", help="what was found on this machine, and what to do about what is missing")
    top.add_argument("--version", action="store_true", help="which Twofold this is")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words:
        return _open_window()
    options = parser().parse_args(words)
    if options.version:
        from ui.version import version

        print(f"Twofold {version()}")
        return 0
    if options.word is None:
        return _open_window()
    from ui import terminal, terminal_lines

    try:
        return terminal.run(options)
    except KeyboardInterrupt:
        return terminal_lines.INTERRUPTED


def _open_window() -> int:
    if not has_display():
        print(NO_DISPLAY, file=sys.stderr)
        return 2
    gc.disable()  # what is made from here to the first paint stays: to look for rubbish in it only takes time
    from ui.program import open_window

    return open_window()


if __name__ == "__main__":
    sys.exit(main())
