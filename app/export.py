"""A conversation as a file that other programs read."""

from app.conversation import Conversation
from models.role import Role


def as_markdown(conversation: Conversation) -> str:
    """What is shown of it, as Markdown: questions as quotes under a heading, answers as they were written."""
    parts = [f"# {conversation.title or 'Chat'}"]
    for node in conversation.path():
        if node.role is Role.USER:
            shown = [f"*Picture: {picture.name}*" for picture in node.pictures]
            parted = [part for part in (*shown, node.text) if part]
            lines = [line for part in parted for line in ("", *part.splitlines())][1:]
            parts.append("\n".join(f"> {line}".rstrip() for line in lines))
        elif node.text:
            parts.append(node.text.strip())
    return "\n\n".join(parts) + "\n"


def file_name(title: str) -> str:
    """A name that every file system takes, for a chat with this title."""
    kept = "".join(c if c.isalnum() or c in " -_" else " " for c in title)
    return (" ".join(kept.split())[:80] or "Chat") + ".md"
