"""The lock on the chats."""

from models.lock import Lock

__all__ = ["Lock"]
