"""Who speaks in a conversation."""

from enum import StrEnum


class Role(StrEnum):
    """The speaker of a message, in the words that chat templates use."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
