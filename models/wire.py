"""What crosses the process boundary: requests go down, events come up, each with the id of its request.

They cross as MessagePack and are checked on arrival, never pickled: a worker reads files from strangers and
must not be able to run code in the window. Token counts are tokens, times are seconds.
"""

from enum import StrEnum

import msgspec

from models.layout import Element
from models.parts import Message


class Load(msgspec.Struct, frozen=True, tag="load"):
    """Have this model ready; does nothing when it is loaded so already."""

    id: int
    path: str
    context: int  # tokens; cut to what the model was trained for
    threads: int  # 0: measure once per machine
    machine: str  # file that keeps what was measured
    gpu_layers: int = -1  # all that the device takes; 0: none
    changed: int = 0  # when the file was changed last, in ns: one that was written over is loaded anew
    projector: str = ""  # the file of the model's eyes; without it images in messages are passed over


class Sampling(msgspec.Struct, frozen=True):
    """The sampler chain, in the order of its fields. Temperature 0 is greedy."""

    repeat_penalty: float = 1.1  # 1: off
    repeat_last: int = 64
    top_k: int = 40  # 0: off
    top_p: float = 0.95  # 1: off
    min_p: float = 0.05  # 0: off
    temperature: float = 0.2
    seed: int | None = None  # None: another one each time


class Generate(msgspec.Struct, frozen=True, tag="generate"):
    """Answer these messages. With `resume` the last one is an unfinished answer to go on with."""

    id: int
    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    max_tokens: int = 0  # 0: until the context is full
    stop: tuple[str, ...] = ()
    resume: bool = False
    ban_end: bool = False  # never end by itself; for measuring


class Open(msgspec.Struct, frozen=True, tag="open"):
    """Decode an image of a stranger's: a file, or `data` unless that is empty. Answered by `Opened`."""

    id: int
    path: str
    data: bytes = b""


class Read(msgspec.Struct, frozen=True, tag="read"):
    """Read the text and the drawn layout in a PNG that `Opened` gave. Answered by `Outlined`."""

    id: int
    path: str


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """Stop the request with this id, within 50 ms."""

    id: int


class Describe(msgspec.Struct, frozen=True, tag="describe"):
    """Say what the native code found on this machine; answered by `Described`."""

    id: int


class Quit(msgspec.Struct, frozen=True, tag="quit"):
    """End the process."""

    id: int = 0


Request = Load | Generate | Open | Read | Cancel | Describe | Quit


class Memory(StrEnum):
    """Whether the model's memory can go back to an earlier token."""

    DENSE = "dense"
    WINDOW = "window"
    RECURRENT = "recurrent"
    HYBRID = "hybrid"


class Loading(msgspec.Struct, frozen=True, tag="loading"):
    id: int
    done: float  # 0 to 1


class Loaded(msgspec.Struct, frozen=True, tag="loaded"):
    id: int
    context: int
    threads: int
    memory: Memory
    device: str  # "CPU", or the name of the GPU in use
    seconds: float


class Reading(msgspec.Struct, frozen=True, tag="reading"):
    """Prefill is under way."""

    id: int
    done: int
    total: int


class Ledger(msgspec.Struct, frozen=True):
    """What the model sees of this prompt: `reused + read` tokens; `dropped` did not fit."""

    reused: int
    read: int
    dropped: int = 0
    dropped_messages: int = 0
    anew: bool = False  # a part could have been reused but this memory cannot go back


class Started(msgspec.Struct, frozen=True, tag="started"):
    """The prompt is known and prefill begins."""

    id: int
    ledger: Ledger


class Delta(msgspec.Struct, frozen=True, tag="delta"):
    """Text that follows what was sent before; `tokens` is how many stand so far in this answer."""

    id: int
    text: str
    tokens: int


class Reason(StrEnum):
    """Why an answer ended."""

    END = "end"
    STOP_STRING = "stop-string"
    LENGTH = "length"  # max_tokens
    CONTEXT = "context"  # the context is full
    CANCELLED = "cancelled"


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    id: int
    reason: Reason
    tokens: int
    first_token: float | None  # from request to first token
    decode: float  # from first token to last


class Fault(StrEnum):
    """What kind of thing went wrong; the sentence is made in `app.faults`."""

    FILE = "file"  # the header check refused the file; the detail is a sentence for the person
    IMAGE = "image"  # no picture, or one that is over the limits; the detail is a sentence for the person
    PROJECTOR = "projector"  # it does not belong to this model; the detail is a sentence for the person
    MODEL = "model"  # llama.cpp could not load it
    MEMORY = "memory"  # no room for the model or its context
    TOO_LONG = "too-long"  # the last message alone is longer than the context
    TEMPLATE = "template"  # the model's chat template is broken
    INTERNAL = "internal"


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    id: int
    fault: Fault
    detail: str  # technical, for behind Details
    needed: int = 0  # tokens, for TOO_LONG
    limit: int = 0


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """The image as Twofold keeps it: upright, RGB, within the limit on pixels, and nothing beside these."""

    id: int
    png: bytes
    digest: str  # as in `models.parts.ImagePart`
    width: int  # pixels
    height: int


class Outlined(msgspec.Struct, frozen=True, tag="outlined"):
    """What was read in an image."""

    id: int
    page: Element
    seconds: float


class Described(msgspec.Struct, frozen=True, tag="described"):
    id: int
    system: str  # llama.cpp's line of CPU features
    devices: tuple[str, ...]


Event = Loading | Loaded | Reading | Started | Delta | Finished | Failed | Opened | Outlined | Described

_pack = msgspec.msgpack.Encoder()
_request = msgspec.msgpack.Decoder(Request)
_event = msgspec.msgpack.Decoder(Event)


def pack(message: Request | Event) -> bytes:
    return _pack.encode(message)


def unpack_request(data: bytes) -> Request:
    """Raises msgspec.DecodeError or msgspec.ValidationError for anything else."""
    request: Request = _request.decode(data)
    return request


def unpack_event(data: bytes) -> Event:
    """Raises msgspec.DecodeError or msgspec.ValidationError for anything else."""
    event: Event = _event.decode(data)
    return event
