"""Twofold without a window: one answer, a conversation, the models and more of them, the doctor. Loads no Qt.

Answers go to stdout and everything else to stderr, so that they can be piped.
"""

import argparse
import contextlib
import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.chat import Ended, LoadingModel, Reading, ReadingPicture, Sees, Turn, Wrote
from app.conversation import Conversation, State, new_id
from app.core import Core, ProfileInUse, log_to
from app.doctor import examine
from app.pictures import PictureError
from app.store import StoreError
from models.gguf import BadModelFile
from models.library import LocalModel, NoSuchModel
from models.places import Places
from models.words import size_in_words
from ui.terminal_lines import INTERRUPTED, Busy, say, until_stopped

if TYPE_CHECKING:
    from models.download import Fetching


def run(options: argparse.Namespace) -> int:
    """Does one word of the command; returns the exit code."""
    places = Places.default()
    for stream in (sys.stdin, sys.stdout, sys.stderr):  # what cannot be read or written is a question mark
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    words = {"ask": _ask, "page": _page, "chat": _chat, "models": _models, "doctor": _doctor}
    try:
        log_to(places.create().logs, "terminal.log")
        opened = Core(places, keep=options.word == "chat")
    except (ProfileInUse, StoreError) as error:
        return say(str(error))
    except OSError as error:
        return say(f"The folder {places.home} cannot be used: {error.strerror or error}.")
    try:
        with contextlib.closing(opened) as core:
            return words[options.word](core, options)
    except (StoreError, NoSuchModel, BadModelFile) as error:
        return say(str(error))
    except BrokenPipeError:
        # Whoever read has enough. Python would write what is left at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _conversation(core: Core, name: str | None) -> Conversation:
    """An empty one with the wanted model. Raises NoSuchModel, and what reading a header raises."""
    conversation = Conversation(new_id())
    if name:
        file = Path(name).expanduser()
        if file.suffix.casefold() == ".gguf" and file.is_file():
            core.only_model = LocalModel.at(file)
        else:
            conversation.model = core.model_key(core.library.find(name))
    return conversation


def _ask(core: Core, options: argparse.Namespace) -> int:
    question = " ".join(options.text)
    if question in ("", "-"):
        if sys.stdin is None or sys.stdin.isatty():
            return say('Ask something: twofold ask "What is the capital of France?"', 2)
        question = _read_stdin()
    elif piped := _piped():
        question = f"{question}\n\n{piped}"
    if not question.strip():
        return say("There is no question: stdin was empty.", 2)
    conversation = _conversation(core, options.model)
    try:
        pictures = [core.pictures.take(Path(name).expanduser()) for name in options.image]
    except PictureError as error:
        return say(str(error))
    turn = core.chat.send(conversation, question, pictures)
    return _show_json(turn) if options.json else _show(turn, conversation)


def _page(core: Core, options: argparse.Namespace) -> int:
    from ui.terminal_page import make_page

    return make_page(core, options, _conversation(core, options.model))


def _piped() -> str:
    """What comes through a pipe or from a file; nothing where stdin is something else, or closed."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return ""
    return _read_stdin().strip() if stat.S_ISFIFO(mode) or stat.S_ISREG(mode) else ""


def _read_stdin() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _show(turn: Turn, conversation: Conversation) -> int:
    """Streams the answer; Ctrl+C stops it. How pictures were read is said on stderr."""
    busy, reading = Busy(), False
    for event in until_stopped(turn):
        match event:
            case ReadingPicture(name=name):
                busy.say(f"Reading {name}")
                reading = True
            case Sees() if reading:
                busy.clear()
                _tell_reading(conversation)
                reading = False
            case LoadingModel(name=name):
                busy.say(f"Loading {name}")
            case Reading(done=done, total=total) if done < total:
                busy.say(f"Reading {total - done:,} tokens")
            case Wrote(text=text):
                busy.clear()
                print(text, end="", flush=True)
            case Ended(node=node):
                busy.clear()
                if node.text:
                    print(flush=True)
                if node.state is State.FAILED:
                    return say(node.fault)
                if node.details and node.details.note:
                    print(node.details.note, file=sys.stderr)
                if node.state is State.STOPPED:
                    return INTERRUPTED
    return 0


def _tell_reading(conversation: Conversation) -> None:
    from app.sketch import summary

    for node in conversation.path():
        for picture in node.pictures:
            if picture.page is not None:
                print(f"{picture.name}: {summary(picture.page)}", file=sys.stderr)


def _show_json(turn: Turn) -> int:
    """One object a line: text as it comes, and the answer with its details at the end."""
    code = 0
    for event in until_stopped(turn):
        match event:
            case Sees(ledger=ledger, context=context):
                line = {"event": "sees", "reused": ledger.reused, "read": ledger.read, "context": context}
            case Wrote(text=text, tokens=tokens):
                line = {"event": "text", "text": text, "tokens": tokens}
            case Ended(node=node):
                line = {"event": "end", "text": node.text, "state": str(node.state), "model": node.model}
                line |= {"fault": node.fault} if node.fault else {}
                if node.details:
                    line["first_token_s"] = node.details.first_token
                    line["tokens_per_s"] = node.details.tokens_per_second
                code = 1 if node.state is State.FAILED else 0
            case _:
                continue
        print(json.dumps(line, ensure_ascii=False), flush=True)
    return code


def _chat(core: Core, options: argparse.Namespace) -> int:
    conversation = _conversation(core, options.model)
    model = core.model_for(conversation)
    name = model.name if model else "no model"
    for notice in core.notices:
        print(notice, file=sys.stderr)
    if model and model.is_base:
        name += ", a base model that goes on with your text instead of answering it"
    print(f"Twofold, with {name}. An empty line or Ctrl+D ends; Ctrl+C stops an answer.", file=sys.stderr)
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - gives the prompt its line editing
    while True:
        try:
            question = _typed()
        except (EOFError, KeyboardInterrupt):
            print(file=sys.stderr)
            return 0
        if not question.strip():
            return 0
        _show(core.chat.send(conversation, question), conversation)


def _typed() -> str:
    """The next line; asks for it where a person types, never into a pipe. Raises EOFError at the end."""
    if sys.stdin is None or sys.stdout is None:  # started with one of them closed
        raise EOFError
    if not sys.stdin.isatty():
        return input()
    if not sys.stdout.isatty():
        print("\n> ", end="", file=sys.stderr, flush=True)
        return input()
    return input("\n> ")


def _models(core: Core, options: argparse.Namespace) -> int:
    if options.what == "get":
        return _get(core, options.name)
    models, missing = core.library.models(), core.library.missing()
    chosen = core.model_for(None)
    if options.json:
        rows = [
            {
                "name": m.name,
                "here": True,
                "path": str(m.path),
                "bytes": m.size,
                "quantisation": m.header.quantisation,
                "parameters": m.header.parameters,
                "context": m.header.context_length,
                "base": m.is_base,
                "default": m == chosen,
            }
            for m in models
        ]
        rows += [
            {"name": known.name, "here": False, "get": known.word, "bytes": known.size} for known in missing
        ]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    for m in models:
        mark = "*" if m == chosen else " "
        context = f"{m.header.context_length:,} tokens"
        base = "  base model" if m.is_base else ""
        print(f"{mark} {m.name:28} {size_in_words(m.size):>9}  {m.header.quantisation:8} {context:>15}{base}")
    for broken in core.library.broken:
        print(f"! {broken.reason}", file=sys.stderr)
    for known in missing:
        print(f"  {known.name:28} {size_in_words(known.size):>9}  not here: twofold models get {known.word}")
        print(f"      {known.good_for} {known.licence}.")
    if not models:
        return say(f"No model is here yet. Get one of those, or put a GGUF into {core.places.models}.")
    return 0


def _get(core: Core, word: str) -> int:
    """Fetches a known model: a line that moves in a terminal, a line a part elsewhere."""
    from models.download import Checking, Download, Fetched, Fetching, NotFetched
    from models.known import MODELS

    model = MODELS.get(word.casefold())
    if model is None:
        return say(f"“{word}” is no model that can be fetched; these are: {', '.join(MODELS)}.", 2)
    about = f"{model.name}, {size_in_words(model.size)}, {model.licence}. {model.good_for}"
    print(f"{about} Ctrl+C stops, and keeps what has come.", file=sys.stderr)
    download, busy, told = Download(model, core.places.models), Busy(), 0
    for event in until_stopped(download):
        match event:
            case Fetching(part=part):
                busy.say(_how_far(model.name, event))
                if part > told and not sys.stderr.isatty():
                    print(_how_far(model.name, event), file=sys.stderr, flush=True)
                told = part
            case Checking(done=done, total=total):
                busy.say(f"Checking {model.name}, {done / total:.0%}")
            case Fetched(path=path):
                busy.clear()
                print(f'It is here. Try it: twofold ask --model {model.word} "..."', file=sys.stderr)
                print(path)
            case NotFetched(sentence=sentence):
                busy.clear()
                return say(sentence, INTERRUPTED if download.cancelled else 1)
    return 0


def _how_far(name: str, event: "Fetching") -> str:
    words = [
        f"{name}: {event.done / event.total:.0%}",
        f"{size_in_words(event.done)} of {size_in_words(event.total)}",
    ]
    if event.speed and event.left is not None:
        minutes, seconds = divmod(round(event.left), 60)
        left = f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
        words += [f"{size_in_words(round(event.speed))}/s", f"{left} left"]
    return ", ".join([*words, f"part {event.part} of {event.parts}"])


def _doctor(core: Core, _options: argparse.Namespace) -> int:
    findings = examine(core)
    for finding in findings:
        print(f"{finding.what:12} {finding.found}")
        if finding.advice:
            print(f"{'':12} -> {finding.advice}")
    return 0
