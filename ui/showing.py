"""What the transcript is given of a message: text, versions, pictures, and what was read in them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from app.conversation import Conversation, Node
from app.page import PageVersion
from app.pictures import Pictures
from app.sketch import as_lines, summary
from models.words import size_in_words
from ui.extra_boxes import title_of
from ui.markdown_blocks import Fold, PageLink, Picture, Place
from ui.message import Shown

if TYPE_CHECKING:
    from models.layout import Element


def shown(
    pictures: Pictures, conversation: Conversation, node: Node, pages: Sequence[PageVersion] = ()
) -> Shown:
    """One message of the shown path; `pages` are those of its chat. Nothing is read from the disk."""
    blocks = tuple(
        Picture(Place(), str(pictures.path(p.digest)), p.name, p.width, p.height) for p in node.pictures
    )
    return Shown(
        node, tuple(conversation.versions(node.id)), blocks, _fold(conversation, node), _link(node, pages)
    )


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


def _link(node: Node, pages: Sequence[PageVersion]) -> PageLink | None:
    """Under an answer that is a page: the last version of it."""
    if node.details is None or not node.details.page:
        return None
    mine = [(number, page) for number, page in enumerate(pages, 1) if page.message == node.id]
    if not mine:
        return None
    number, page = mine[-1]
    facts = f"Version {number} of {len(pages)}, {size_in_words(len(page.html.encode()))}"
    return PageLink(Place(), page.id, title_of(page.html), facts)


@lru_cache(maxsize=64)
def _read(page: "Element") -> tuple[str, tuple[str, ...]]:
    return summary(page), tuple(as_lines(page, places=False).splitlines())
