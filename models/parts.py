"""What a message is made of, everywhere: in the store, in the window and on the way to an engine."""

import msgspec

from models.role import Role

__all__ = ["ImagePart", "Message", "Part", "Role", "TextPart"]


class TextPart(msgspec.Struct, frozen=True, tag="text"):
    """Plain text or Markdown."""

    text: str


class ImagePart(msgspec.Struct, frozen=True, tag="image"):
    """A picture, for a model that sees. `path` is a PNG that Twofold itself wrote (`models.wire.Opened`)."""

    digest: str  # SHA-256 of its size and RGB pixels: two pictures with one digest look the same to a model
    path: str
    width: int  # pixels
    height: int


# Sound will join here as a part of its own.
Part = TextPart | ImagePart


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
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def images(self) -> tuple[ImagePart, ...]:
        """All of the pictures in it, in order."""
        return tuple(part for part in self.parts if isinstance(part, ImagePart))
