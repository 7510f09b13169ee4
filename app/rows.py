"""What a message is in the rows of the chats file, and back.

msgspec is imported where it is used: the list of chats is shown without it, and the sooner.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from app.conversation import Attached, Details, Node, State
from models.role import Role

if TYPE_CHECKING:
    from models.layout import Element

log = logging.getLogger(__name__)

NODE_COLUMNS = "id, parent, role, text, created, state, model, details, fault, fault_details"


def row(node: Node) -> tuple[Any, ...]:
    details = encoded(node.details) if node.details else None
    return (
        *(node.id, node.parent, str(node.role), node.text, node.created, str(node.state), node.model),
        *(details, node.fault, node.fault_details),
    )


def encoded(details: Details | Element) -> str:
    import msgspec

    return msgspec.json.encode(details).decode()


def read_page(text: str | None) -> Element | None:
    if text is None:
        return None
    import msgspec

    from models.layout import Element

    try:
        return msgspec.json.decode(text, type=Element)
    except msgspec.DecodeError as error:
        log.warning("what was read in a picture is not legible any more: %s", type(error).__name__)
        return None


def _decoded(text: str) -> Details:
    """Raises ValueError."""
    import msgspec

    try:
        return msgspec.json.decode(text, type=Details)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


def node(columns: tuple[Any, ...], pictures: tuple[Attached, ...]) -> Node:
    node_id, parent, role, text, created, state, model, details, fault, fault_details = columns
    return Node(
        node_id,
        parent,
        Role(role),
        text,
        created,
        State(state),
        model,
        _decoded(details) if details else None,
        fault,
        fault_details,
        pictures,
    )
