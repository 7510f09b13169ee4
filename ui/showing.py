"""What the transcript is given of a message: text, versions, pictures, and what was read in them."""

from functools import lru_cache
from typing import TYPE_CHECKING

from app.conversation import Conversation, Node
from app.pictures import Pictures
from app.sketch import as_lines, summary
from ui.markdown_blocks import Fold, Picture, Place
from ui.message import Shown

if TYPE_CHECKING:
    from models.layout import Element


def shown(pictures: Pictures, conversation: Conversation, node: Node) -> Shown:
    """One message of the shown path. Nothing is read from the disk."""
    blocks = tuple(
        Picture(Place(), str(pictures.path(p.digest)), p.name, p.width, p.height) for p in node.pictures
    )
    return Shown(node, tuple(conversation.versions(node.id)), blocks, _fold(conversation, node))


def _fold(conversation: Conversation, node: Node) -> Fold | None:
    """Above an answer: how its model came to know the pictures of the question."""
    looked = node.details.looked if node.details else ""
    if not looked or node.parent is None:
        return None
    asked = conversation.node(node.parent).pictures
    if not asked:
        return None
    if looked == "seen":
        return Fold(Place(), f"Seen: {', '.join(picture.name for picture in asked)}", ())
    pages = [picture.page for picture in asked if picture.page is not None]
    titles, lines = zip(*map(_read, pages), strict=True) if pages else ((), ())
    return Fold(Place(), "; ".join(titles), tuple(line for part in lines for line in part))


@lru_cache(maxsize=64)
def _read(page: "Element") -> tuple[str, tuple[str, ...]]:
    return summary(page), tuple(as_lines(page).splitlines())
