"""Messages to prompt text, by the chat template that came with the model.

Templates are programs from strangers (CVE-2024-34359): they run in Jinja's immutable sandbox. They are
written for Hugging Face's `transformers`, so its extras are provided: `raise_exception`, `strftime_now`,
loop controls, the `generation` block and an unescaped `tojson`.
"""

import contextlib
import datetime
import faulthandler
import itertools
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.parts import ImagePart, Message, Role, TextPart

SECONDS = 2.0  # that a template may take
LAST_RESORT = 5.0  # seconds after which the process ends: one step of native code hangs, and hears nothing
MEMORY = 256 << 20  # bytes that it may take beside what the process has
LONGEST = 2_000_000  # characters of one rendered prompt; a template may not blow up beyond it

# Control tokens that a person wrote are replaced by characters that Unicode keeps private while the
# template runs, and come back as plain text: nobody can close their own turn by writing "<|im_end|>".
_GUARD = 0xF0000
_GUARDED = re.compile("([\U000f0000-\U0010fffd])")
# Images stand in the text as such characters too, the first of them as this one.
_IMAGE = 0x100000
_BEFORE, _AFTER = "\U0010fff0", "\U0010fff1"  # around an image, to see what a template makes of one


_Result = TypeVar("_Result")


class TemplateError(Exception):
    """The template is broken, or refuses these messages; str() says how."""


class TemplateHalted(TemplateError):
    """It took too long, or nobody waits for it any more."""


class _Halt(BaseException):
    """Ends a template. Not an Exception, so that no filter on the way takes it for one of its own."""


def _limited(work: Callable[[], _Result], stopped: Callable[[], bool], each_line: bool = True) -> _Result:
    """Gives `work` little memory and time. Raises TemplateHalted, and what `work` raises.

    Every line of Python that it causes to run, in the filters too, looks at the clock first (without
    `each_line`, every call does): loops of any kind and macros that call each other end so, on every system
    and in every thread. What hangs within one step of native code (10 ** 100000000, comparing lists that hold
    each other many times over) comes to no line; then a thread that needs no Python ends the process, and the
    window says that the engine ended.
    """
    deadline = time.monotonic() + SECONDS

    def look(_frame: FrameType, _event: str, _value: object) -> Any:
        if time.monotonic() > deadline or stopped():
            raise _Halt
        return look if each_line else None

    with _little_memory():
        before = sys.gettrace()
        faulthandler.dump_traceback_later(LAST_RESORT, exit=True, file=2)
        sys.settrace(look)
        try:
            return work()
        except _Halt:
            why = "it was stopped" if stopped() else f"it takes longer than {SECONDS:.0f} seconds"
            raise TemplateHalted(why) from None
        finally:
            sys.settrace(before)
            faulthandler.cancel_dump_traceback_later()


@contextlib.contextmanager
def _little_memory() -> Iterator[None]:
    """MemoryError for what takes much more than a prompt can need, where the system can be asked for that."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (ImportError, OSError, ValueError):
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    wanted = pages * resource.getpagesize() + MEMORY
    if before[1] != resource.RLIM_INFINITY and wanted > before[1]:
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (wanted, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


class _Generation(Extension):
    """`{% generation %}...{% endgeneration %}` marks what to train on; here it only passes through."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def image_number(piece: str) -> int | None:
    """Which of the messages' images a piece of a rendered prompt stands for; None for text."""
    return ord(piece) - _IMAGE if len(piece) == 1 and ord(piece) >= _IMAGE else None


def _raise(message: str) -> None:
    raise jinja2.TemplateError(message)


@jinja2.pass_context
def _unchanged(_context: Context, value: Any) -> Any:
    return value


def _tojson(value: Any, indent: int | None = None, **_options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


class Template:
    """A compiled chat template. `now` is frozen when it is made, or a date would spoil the prefix."""

    def __init__(
        self,
        source: str | None,
        begin: str,
        end: str,
        guarded: Iterable[str] = (),
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """`source` None: a base model, which gets the bare text to go on with. Raises TemplateError.

        `stopped` is asked while the template runs, so that nobody waits for one that hangs.
        """
        self.source = source
        self._stopped = stopped
        self._guards = {text: chr(_GUARD + i) for i, text in enumerate(sorted(guarded, key=len)[::-1])}
        self._names = {guard: text for text, guard in self._guards.items()}
        self._special = {"bos_token": begin, "eos_token": end}
        now = datetime.datetime.now()
        environment = ImmutableSandboxedEnvironment(
            # Nothing of a stranger's is computed while it is compiled: what an output needs a context for
            # cannot be, and Jinja would compute constant outputs then even when it is told not to optimise.
            optimized=False,
            finalize=_unchanged,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.loopcontrols", _Generation],
        )
        environment.filters["tojson"] = _tojson
        environment.globals.update(raise_exception=_raise, strftime_now=now.strftime)
        environment.globals.pop("lipsum", None)
        self._template: jinja2.Template | None = None
        try:
            if source is not None:
                self._template = _limited(lambda: environment.from_string(source), stopped, each_line=False)
        except TemplateError:
            raise
        except Exception as error:  # a stranger's program: brackets without end, for one
            raise TemplateError(
                f"line {getattr(error, 'lineno', '?')}: {error or type(error).__name__}"
            ) from error

    def render(
        self, messages: Sequence[Message], resume: bool = False, images: bool = False
    ) -> list[tuple[str, bool]]:
        """The prompt as pieces of (text, whether control tokens may be read in it).

        With `resume` the last message is an unfinished answer, and the prompt ends where it ends. With
        `images` those in the messages are pieces, too, which `image_number` knows; otherwise they are passed
        over. Raises TemplateError.
        """
        if not images:
            messages = [Message.of(m.role, m.text) if m.images else m for m in messages]
        partial = ""
        if resume and messages and messages[-1].role is Role.ASSISTANT:
            partial, messages = messages[-1].text, messages[:-1]
        if self._template is None:
            numbers = itertools.count(_IMAGE)
            text = "\n\n".join(self._text(m, numbers) for m in messages if m.role is not Role.SYSTEM)
        else:
            text = self._rendered(messages)
        return self._pieces(text + self._guard(partial))

    def _rendered(self, messages: Sequence[Message]) -> str:
        try:
            return self._with_images(messages)
        except TemplateHalted:
            raise
        except TemplateError:
            if not messages or messages[0].role is not Role.SYSTEM or len(messages) == 1:
                raise
            # Some templates (Gemma's, Mistral's) know no system role: the first question carries it then.
            system, first, *rest = messages
            merged = Message(first.role, (TextPart(f"{system.text}\n\n"), *first.parts))
            return self._with_images([merged, *rest])

    def _with_images(self, messages: Sequence[Message]) -> str:
        """Render, with images in the way that this template wants them.

        One that knows images gets them as parts of content, and what it wrote for each is replaced by that
        image's own character: the projector brings the marks around it. Any other one gets these characters
        in the text. So does one that wrote something else than one mark for each image.
        """
        takes_text, mark = self._content
        numbers = itertools.count(_IMAGE)
        count = sum(len(message.images) for message in messages)
        if count and mark:
            turns = [
                self._turn(m, numbers) if takes_text and not m.images else self._in_parts(m) for m in messages
            ]
            text = self._tried(turns)
            if text.count(mark) == count:
                first, *rest = text.split(mark)
                return first + "".join(chr(_IMAGE + i) + part for i, part in enumerate(rest))
        turns = [self._turn(message, numbers) for message in messages]
        if not takes_text:
            turns = [{**turn, "content": [{"type": "text", "text": turn["content"]}]} for turn in turns]
        return self._run(turns)

    @cached_property
    def _content(self) -> tuple[bool, str]:
        """Whether it writes content that is a text, and what it writes for an image between two texts."""
        user = str(Role.USER)
        parts = [{"type": "text", "text": _BEFORE}, {"type": "image"}, {"type": "text", "text": _AFTER}]
        as_text = self._tried([{"role": user, "content": _BEFORE}])
        as_parts = self._tried([{"role": user, "content": parts}])
        between = re.search(f"{_BEFORE}(.*?){_AFTER}", as_parts, re.DOTALL)
        mark = between[1].strip() if between else ""
        # Where neither comes out the template is odd, and gets what every template was written for at first.
        # One that dumps its content as JSON does not know images: it writes the parts themselves.
        return _BEFORE in as_text or between is None, "" if '"image"' in mark else mark

    def _tried(self, turns: list[dict[str, Any]]) -> str:
        """What comes out, or nothing from a template that refuses."""
        try:
            return self._run(turns)
        except TemplateHalted:
            raise
        except TemplateError:
            return ""

    def _turn(self, message: Message, numbers: Iterator[int]) -> dict[str, Any]:
        return {"role": str(message.role), "content": self._text(message, numbers)}

    def _in_parts(self, message: Message) -> dict[str, Any]:
        content: list[dict[str, str]] = [
            {"type": "image"}
            if isinstance(part, ImagePart)
            else {"type": "text", "text": self._guard(part.text)}
            for part in message.parts
        ]
        return {"role": str(message.role), "content": content}

    def _text(self, message: Message, numbers: Iterator[int]) -> str:
        """A message as one text, its images as the next characters in their row."""
        return "".join(
            chr(next(numbers)) if isinstance(part, ImagePart) else self._guard(part.text)
            for part in message.parts
        )

    def _run(self, turns: list[dict[str, Any]]) -> str:
        assert self._template is not None
        template = self._template
        longest = LONGEST + sum(len(str(turn["content"])) for turn in turns)

        def work() -> str:
            parts: list[str] = []
            length = 0
            for part in template.generate(messages=turns, add_generation_prompt=True, **self._special):
                parts.append(part)
                length += len(part)
                if length > longest:
                    raise TemplateError("it writes more than 2 million characters")
            return "".join(parts)

        try:
            return _limited(work, self._stopped)
        except TemplateError:
            raise
        except Exception as error:
            raise TemplateError(str(error) or type(error).__name__) from error

    def _guard(self, text: str) -> str:
        text = _GUARDED.sub("\ufffd", text)  # a person's own private characters are not taken for guards
        for control, guard in self._guards.items():
            if control in text:
                text = text.replace(control, guard)
        return text

    def _pieces(self, text: str) -> list[tuple[str, bool]]:
        return [
            (self._names.get(piece, piece), piece not in self._names)
            for piece in _GUARDED.split(text)
            if piece
        ]
