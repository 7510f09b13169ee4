"""The language worker: messages in, tokens out. Template, prefill, sample, detokenise, stop."""

import bisect
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from msgspec.structs import replace

from models import gguf
from models.parts import Message, Role
from models.wire import (
    Delta,
    Event,
    Failed,
    Fault,
    Finished,
    Generate,
    Ledger,
    Load,
    Loaded,
    Loading,
    Reading,
    Reason,
    Started,
)
from models.worker import llama, threads
from models.worker.llama import Aborted, AbortFlag, Context, Model
from models.worker.sampling import Sampler
from models.worker.session import Session
from models.worker.template import Template, TemplateError, TemplateHalted, image_number
from models.worker.text import Detokeniser, StopStrings
from models.worker.vision import ImageError, ProjectorError, Vision

GATHER = 0.016  # seconds; text deltas are sent at most this often
RESERVE = 256  # tokens of the context that are kept for the answer

log = logging.getLogger(__name__)


class _TooLongError(Exception):
    """What must be said, the instructions and the last message, does not fit into the context."""

    def __init__(self, needed: int, limit: int) -> None:
        super().__init__(f"{needed} tokens, room for {limit}")
        self.needed, self.limit = needed, limit


@dataclass(frozen=True)
class LoadedModel:
    """A model with its context, session and template: all that answering takes."""

    load: Load
    loaded: Loaded
    model: Model
    context: Context
    session: Session
    template: Template
    vision: Vision | None  # its eyes, where a projector was asked for

    @classmethod
    def open(cls, request: Load, abort: AbortFlag, progress: Callable[[float], None]) -> "LoadedModel":
        """Check the headers, load, measure. Raises what those raise, and Aborted when the flag goes up."""
        began = perf_counter()
        eyes = _checked(request)

        def go_on(done: float) -> bool:
            progress(done)
            return not abort.is_set()

        with contextlib.ExitStack() as undo:
            model = Model(Path(request.path), request.gpu_layers, _sparingly(go_on))
            undo.callback(model.close)
            guarded = (text for text in model.control_texts if len(text) > 1)
            template = Template(model.template, model.begin, model.end, guarded, abort.is_set)
            found = llama.devices() if request.gpu_layers else []
            size = min(request.context, model.trained_context) if model.trained_context else request.context
            context = Context(
                model,
                size,
                max(1, request.threads),
                abort,
                on_device=bool(found),
                attends_all=bool(eyes and eyes.projector and eyes.projector.attends_all),
            )
            undo.callback(context.close)
            count = request.threads or threads.best_threads(Path(request.machine), context)
            context.set_threads(count)
            vision = Vision(eyes, model, context, count, bool(found), abort) if eyes else None
            undo.pop_all()
        seconds = perf_counter() - began
        loaded = Loaded(request.id, context.size, count, model.memory, found[0] if found else "CPU", seconds)
        return cls(request, loaded, model, context, Session(context, vision), template, vision)

    def close(self) -> None:
        if self.vision is not None:
            self.vision.close()
        self.context.close()
        self.model.close()

    def prompt(self, messages: Sequence[Message], resume: bool) -> list[int]:
        """The tokens of these messages, images among them, ready to be answered.

        Raises TemplateError, ImageError.
        """
        model, vision = self.model, self.vision
        images = [image for message in messages for image in message.images] if vision else []
        tokens: list[int] = []
        for text, control in self.template.render(messages, resume, images=bool(images)):
            begin = model.adds_begin and not tokens and not (model.begin and text.startswith(model.begin))
            number = image_number(text)
            if vision is None or number is None or number >= len(images):
                tokens += model.tokenize(text, control=control, begin=begin)
            else:
                tokens += model.tokenize("", control=True, begin=True) if begin else []
                tokens += vision.tokens(images[number])
        if tokens and tokens[-1] < 0:
            tokens += model.tokenize("\n", control=False)  # to answer from: an image has no logits
        return tokens or model.tokenize(model.begin or " ", control=True)

    def fit(self, request: Generate) -> tuple[list[int], Ledger]:
        """The prompt, without as many of the oldest exchanges as do not fit. Raises _TooLongError.

        They are dropped a quarter of the context at a time: where the view begins stays the same for some
        turns, and with it the prefix that can be reused.
        """
        limit = self.context.size - min(RESERVE, self.context.size // 4)
        messages, resume = request.messages, request.resume
        tokens = self.prompt(messages, resume)
        if len(tokens) <= limit:
            return tokens, Ledger(0, 0)
        head = 1 if messages and messages[0].role is Role.SYSTEM else 0
        starts = [head, *(i for i in range(head + 1, len(messages)) if messages[i].role is Role.USER)]

        def kept(start: int) -> tuple[Message, ...]:
            return messages[:head] + messages[start:]

        whole, step = len(tokens), max(1, limit // 4)
        wanted = whole - -(-(whole - limit) // step) * step

        def fits(start: int) -> bool:
            return len(self.prompt(kept(start), resume)) <= wanted

        start = starts[min(bisect.bisect_left(starts, True, key=fits), len(starts) - 1)]
        tokens = self.prompt(kept(start), resume)
        if len(tokens) > limit:
            raise _TooLongError(len(tokens), limit)
        return tokens, Ledger(0, 0, dropped=whole - len(tokens), dropped_messages=start - head)


class Language:
    """Answers one request at a time; what happens, failures included, is sent and not raised."""

    def __init__(self, send: Callable[[Event], None]) -> None:
        self._send = send
        self._ready: LoadedModel | None = None
        self.abort = AbortFlag()

    def load(self, request: Load) -> None:
        """Have the model ready; nothing is done when it is."""
        if self._ready is not None and replace(self._ready.load, id=request.id) == request:
            self._send(replace(self._ready.loaded, id=request.id, seconds=0.0))
            return
        if self._ready is not None:
            self._ready.close()
            self._ready = None
        try:
            self._ready = LoadedModel.open(
                request, self.abort, lambda done: self._send(Loading(request.id, done))
            )
        except gguf.BadModelFile as error:
            self._send(Failed(request.id, Fault.FILE, str(error)))
        except ProjectorError as error:
            self._send(Failed(request.id, Fault.PROJECTOR, str(error)))
        except llama.LoadError as error:
            self._send(Failed(request.id, Fault.MODEL, str(error)))
        except llama.NoMemoryError as error:
            self._send(Failed(request.id, Fault.MEMORY, str(error)))
        except TemplateError as error:
            self._template_failed(request.id, error)
        except Aborted:
            self._send(Finished(request.id, Reason.CANCELLED, 0, None, 0.0))
        else:
            self._send(self._ready.loaded)

    def generate(self, request: Generate) -> None:
        """Answer, event by event."""
        ready = self._ready
        if ready is None:
            self._send(Failed(request.id, Fault.INTERNAL, "no model is loaded"))
            return
        try:
            _Answer(ready, request, self.abort, self._send).run()
        except TemplateError as error:
            self._template_failed(request.id, error)
        except _TooLongError as error:
            self._send(Failed(request.id, Fault.TOO_LONG, str(error), error.needed, error.limit))
        except ImageError as error:
            self._send(Failed(request.id, Fault.IMAGE, str(error)))
        except (llama.DecodeError, llama.NoMemoryError) as error:
            ready.session.forget()
            self._send(Failed(request.id, Fault.INTERNAL, str(error)))

    def _template_failed(self, request_id: int, error: TemplateError) -> None:
        if isinstance(error, TemplateHalted) and self.abort.is_set():
            self._send(Finished(request_id, Reason.CANCELLED, 0, None, 0.0))
        else:
            self._send(Failed(request_id, Fault.TEMPLATE, str(error)))


class _Answer:
    """One request being answered."""

    def __init__(
        self, ready: LoadedModel, request: Generate, abort: AbortFlag, send: Callable[[Event], None]
    ) -> None:
        self._ready = ready
        self._request = request
        self._abort = abort
        self._send = send
        self._began = perf_counter()
        self._first: float | None = None  # when the first token stood
        self._last = self._began
        self._count = 0
        self._text = ""
        self._sent = 0.0

    def run(self) -> None:
        """From prompt to Finished. Raises what the prompt or the decoding raises, Aborted excepted."""
        ready, request, session = self._ready, self._request, self._ready.session
        tokens, ledger = ready.fit(request)
        sampler = Sampler(ready.model, request.sampling, request.ban_end)
        try:
            for plan, done in session.read(tokens, self._abort.is_set, ready.loaded.device == "CPU"):
                if done == 0:
                    told = replace(ledger, reused=plan.reused, read=plan.read, anew=plan.anew)
                    self._send(Started(request.id, told))
                self._reading(done, plan.read)
            if request.resume:
                sampler.accept(ready.model.tokenize(request.messages[-1].text, control=False))
            reason = self._decode(sampler)
        except Aborted:
            reason = Reason.CANCELLED
        finally:
            sampler.close()
        self._flush()
        took = self._last - self._first if self._first else 0.0
        first = self._first - self._began if self._first else None
        self._send(Finished(request.id, reason, self._count, first, took))

    def _decode(self, sampler: Sampler) -> Reason:
        request, stopped = self._request, self._abort.is_set
        model, context, session = self._ready.model, self._ready.context, self._ready.session
        detokeniser, stops = Detokeniser(), StopStrings(request.stop)
        while True:
            token = sampler.sample(context)
            if model.ends(token):
                reason = Reason.END
                break
            self._last = perf_counter()
            self._first = self._first or self._last
            self._count += 1
            self._gather(stops.feed(detokeniser.feed(model.piece(token))))
            if stops.stopped:
                return Reason.STOP_STRING
            if stopped():
                return Reason.CANCELLED
            if request.max_tokens and self._count >= request.max_tokens:
                reason = Reason.LENGTH
                break
            if session.room < 1:
                reason = Reason.CONTEXT
                break
            session.append(token)
        self._text += stops.feed(detokeniser.flush()) + stops.flush()
        return reason

    def _reading(self, done: int, total: int) -> None:
        if total > llama.BATCH or done < total:
            self._send(Reading(self._request.id, done, total))

    def _gather(self, text: str) -> None:
        self._text += text
        if self._text and self._last - self._sent >= GATHER:
            self._flush()

    def _flush(self) -> None:
        if self._text:
            self._send(Delta(self._request.id, self._text, self._count))
            self._text, self._sent = "", self._last


def _checked(request: Load) -> gguf.Header | None:
    """The header of the projector, if one is asked for and fits. Raises BadModelFile, ProjectorError."""
    model = gguf.read_header(Path(request.path))
    if not request.projector:
        return None
    eyes = gguf.read_header(Path(request.projector))
    if why := eyes.misfit(model):
        raise ProjectorError(f"{gguf.shown(eyes.path)} is not the eyes of {model.name}: {why}.")
    return eyes


def _sparingly(progress: Callable[[float], bool]) -> Callable[[float], bool]:
    """Calls through at most every 50 ms, and for the last step."""
    called, answer = 0.0, True

    def wrapped(done: float) -> bool:
        nonlocal called, answer
        now = perf_counter()
        if done >= 1 or now - called > 0.05:
            called, answer = now, progress(done)
        return answer

    return wrapped
