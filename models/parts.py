"""What a message is made of, everywhere: in the store, in the window and on the way to an engine."""

import msgspec

from models.role import Role

__all__ = ["Message", "Part", "Role", "TextPart"]


class TextPart(msgspec.Struct, frozen=True, tag="text"):
    """Plain text or Markdown."""

    text: str


# Images and sound will join here as parts of their own.
Part = TextPart


class Message(msgspec.Struct, frozen=True):
    """One message as an engine reads it."""

    role: Role
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, role: Role, text: str) -> "Message":
        return cls(role, (TextPart(text),))

    @property
    def text(self) -> str:
        """All of the text in it, in order."""
        return "".join(part.text for part in self.parts)
