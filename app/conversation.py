"""A conversation is a tree: every edit and every new answer is a branch beside the old one.

Pure: no files, no clock, no engine. What the window shows is `path()`, a function of the tree alone.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from models.role import Role
from models.words import plain

if TYPE_CHECKING:
    from models.layout import Element
    from models.parts import Message, Part


class State(StrEnum):
    """How a message came to its end, or that it has not."""

    COMPLETE = "complete"
    STREAMING = "streaming"
    STOPPED = "stopped"  # by the person
    CUT = "cut"  # the context or the limit on tokens was reached
    FAILED = "failed"  # the engine ended; `fault` says why


@dataclass(frozen=True)
class Details:
    """What an answer cost. Times are seconds; counts are tokens. None: not known.

    Of an answer that was continued it is what all of its parts cost, from the first word to the last.
    """

    tokens: int = 0  # 0: not known, where there are words
    tokens_per_second: float | None = None
    first_token: float | None = None
    reused: int = 0
    read: int = 0
    dropped: int = 0
    context: int = 0  # size of the context it was made in
    note: str = ""  # why all was read anew, or what was dropped, in a sentence
    decode: float | None = None  # from the first token to the last, without the time between the parts
    filled: int = 0  # of the context, at the end of the answer
    page: bool = False  # the answer is a page, made of the sketch in the question
    looked: str = ""  # how the model knows the pictures before it: "seen", "read" (by us, for it), or none

    @property
    def new(self) -> int:
        """Tokens in the context that were not reused."""
        return self.filled - self.reused if self.filled else self.read + self.tokens

    @property
    def _decode_time(self) -> float:
        """Of answers that were stored without it too."""
        if self.decode is not None or not self.tokens_per_second:
            return self.decode or 0.0
        return (self.tokens - 1) / self.tokens_per_second

    def followed_by(self, later: "Details") -> "Details":
        """Both as one: this the beginning of an answer, `later` what was written when it was continued."""
        times = [(part.tokens_per_second, part._decode_time) for part in (self, later)]
        decode = sum(time for _, time in times)
        decoded = sum(speed * time for speed, time in times if speed is not None)
        return replace(
            self,
            tokens=self.tokens + later.tokens,
            tokens_per_second=decoded / decode if decode else None,
            read=self.read + later.read,
            dropped=later.dropped,
            context=later.context,
            note=" ".join(dict.fromkeys(note for note in (self.note, later.note) if note)),
            decode=decode,
            filled=later.filled,
        )


@dataclass(frozen=True)
class Attached:
    """A picture that came with a message. `digest` names it in `app.pictures`; sizes are in pixels."""

    digest: str
    name: str
    width: int
    height: int
    page: "Element | None" = None  # what stands in it, as it was read or as the person corrected it


@dataclass(frozen=True)
class Node:
    """One message in the tree. `created` is in seconds since 1970."""

    id: str
    parent: str | None
    role: Role
    text: str
    created: float
    state: State = State.COMPLETE
    model: str | None = None
    details: Details | None = None
    fault: str = ""  # one sentence for the person, when state is FAILED
    fault_details: str = ""  # the technical text behind Details
    pictures: tuple[Attached, ...] = ()


class NoSuchMessage(KeyError):
    """A message was asked for that is not in this conversation."""


def new_id() -> str:
    """An id that no other message or conversation has."""
    return os.urandom(16).hex()


@dataclass
class Conversation:
    """The tree, and which branch is chosen at each fork."""

    id: str
    title: str = ""
    created: float = 0.0
    updated: float = 0.0
    model: str | None = None
    _nodes: dict[str, Node] = field(default_factory=dict)
    _children: dict[str | None, list[str]] = field(default_factory=dict)
    _chosen: dict[str | None, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Node]:
        """Every message, parents before children."""
        return iter(self._nodes.values())

    def __len__(self) -> int:
        return len(self._nodes)

    def __bool__(self) -> bool:
        """An empty conversation is one all the same."""
        return True

    def node(self, node_id: str) -> Node:
        """Raises NoSuchMessage."""
        try:
            return self._nodes[node_id]
        except KeyError:
            raise NoSuchMessage(node_id) from None

    def add(self, node: Node) -> None:
        """Put a message under its parent and choose it. Raises NoSuchMessage for an unknown parent."""
        if node.parent is not None:
            self.node(node.parent)
        self._nodes[node.id] = node
        siblings = self._children.setdefault(node.parent, [])
        if node.id not in siblings:
            siblings.append(node.id)
        self._chosen[node.parent] = node.id

    def replace(self, node: Node) -> None:
        """Put a newer state of a message in the place of the old one."""
        old = self.node(node.id)
        if old.parent != node.parent:
            raise ValueError("a message does not move")
        self._nodes[node.id] = node

    def set_page(self, node_id: str, place: int, page: "Element") -> None:
        """What stands in one picture of a message. Raises NoSuchMessage."""
        node = self.node(node_id)
        pictures = list(node.pictures)
        pictures[place] = replace(pictures[place], page=page)
        self.replace(replace(node, pictures=tuple(pictures)))

    def choose(self, node_id: str) -> None:
        """Make this version the one that is shown, together with what was last shown below it."""
        node = self.node(node_id)
        self._chosen[node.parent] = node_id

    def chosen(self, parent: str | None) -> str | None:
        """The child that is shown under `parent`; the newest where none was chosen."""
        children = self._children.get(parent)
        if not children:
            return None
        return self._chosen.get(parent, children[-1])

    def path(self) -> list[Node]:
        """What is shown, from the first message to the last."""
        shown: list[Node] = []
        at = self.chosen(None)
        while at is not None:
            shown.append(self._nodes[at])
            at = self.chosen(at)
        return shown

    def path_to(self, node_id: str | None) -> list[Node]:
        """From the first message to this one, whatever is chosen; empty for None."""
        line: list[Node] = []
        while node_id is not None:
            node = self.node(node_id)
            line.append(node)
            node_id = node.parent
        return line[::-1]

    def last(self) -> Node | None:
        path = self.path()
        return path[-1] if path else None

    def versions(self, node_id: str) -> list[str]:
        """The ids of all versions of a message, itself included, oldest first."""
        return list(self._children[self.node(node_id).parent])

    def neighbour(self, node_id: str, step: int) -> str | None:
        """The version `step` places further, or None at either end."""
        versions = self.versions(node_id)
        at = versions.index(node_id) + step
        return versions[at] if 0 <= at < len(versions) else None

    def messages(self, until: str | None, show: "Callable[[Attached], Part]") -> "list[Message]":
        """What an engine is given: the line down to `until`, each picture as `show` has it.

        Messages without content are left out and neighbours of one role made one, as many templates want
        turns.
        """
        from models.parts import Message, TextPart  # only here: the list of chats is shown without an engine

        line: list[Message] = []
        for node in self.path_to(until):
            parts: list[Part] = [show(picture) for picture in node.pictures]
            if node.text:
                parts.append(TextPart(node.text))
            if not parts:
                continue
            if line and line[-1].role is node.role:
                line[-1] = Message(node.role, (*line[-1].parts, TextPart("\n\n"), *parts))
            else:
                line.append(Message(node.role, tuple(parts)))
        return line


def title_from(text: str, longest: int = 60) -> str:
    """A title from the first line of the first message, cut at a word."""
    line = next((shown for line in text.splitlines() if (shown := plain(line, 4 * longest))), "")
    if len(line) <= longest:
        return line
    cut = line[:longest].rsplit(" ", 1)[0] if " " in line[:longest] else line[:longest]
    return cut.rstrip(" ,;:.") + "…"
