"""Reads a page as a browser would, far enough to judge it: a strict parser of elements."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}
NO_TEXT = {"script", "style"}
ALONE = {"head", "body", "html", "main", "title", "style"}  # at most once in a file


@dataclass
class Node:
    name: str
    attributes: dict[str, str]
    children: list["Node | str"] = field(default_factory=list)

    def __iter__(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child

    def all(self, name: str) -> list["Node"]:
        return [node for node in self if node.name == name]

    def one(self, name: str) -> "Node":
        (node,) = self.all(name)
        return node

    def by_id(self, name: str) -> "Node":
        (node,) = [node for node in self if node.attributes.get("id") == name]
        return node

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    @property
    def hidden(self) -> bool:
        return "hidden" in self.attributes

    @property
    def text(self) -> str:
        """All text in it, hints of fields too."""
        if self.name in NO_TEXT:
            return ""
        inner = "".join(child if isinstance(child, str) else f" {child.text} " for child in self.children)
        return " ".join((inner + " " + self.attributes.get("placeholder", "")).split())


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice in <{tag}>"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Node:
    """The tree of a valid file. Fails on what a browser would have to mend."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert parser.open == [parser.root], f"never closed: {parser.open[-1].name}"
    root = parser.root
    assert html.startswith("<!doctype html>\n<html lang=")
    for name in ALONE:
        assert len(root.all(name)) == 1, name
    ids = [node.attributes["id"] for node in root if "id" in node.attributes]
    assert len(ids) == len(set(ids)), "an id twice"
    for node in root:
        for name in filter(None, node.attributes.get("aria-controls", "").split(" ")):
            assert name in ids, name
        if node.name in ("input", "textarea"):
            named = "aria-label" in node.attributes or any(node in label for label in root.all("label"))
            assert named, "a field without a name"
        if node.name in ("ul", "ol"):
            assert all(isinstance(c, str) or c.name == "li" for c in node.children)
        if node.name == "p":
            assert {inner.name for inner in node} <= {"p", "a", "span", "i", "em", "b"}
    return root
