"""The tree of what was read: its order, and texts that are put right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.layout import Element, Shape

TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
TREES = st.recursive(
    st.builds(Element, st.just(Shape.TEXT), st.just(0), st.just(0), st.just(1), st.just(1), TEXTS),
    lambda below: st.builds(
        lambda text, children: Element(Shape.BOX, 0, 0, 1, 1, text, 0.5, children=tuple(children)),
        TEXTS,
        st.lists(below, max_size=3),
    ),
    max_leaves=12,
)


@given(TREES)
def test_the_same_texts_change_nothing_but_blanks_at_their_ends(tree: Element) -> None:
    texts = [element.text for element in tree.written]
    again = tree.reworded(texts)
    assert [e.text for e in again] == [e.text.strip() for e in tree]
    if all(text == text.strip() for text in texts):
        assert again == tree


def test_what_is_told_is_sure_and_the_rest_stays() -> None:
    inner = (Element(Shape.TEXT, 1, 1, 1, 1, "rn", 0.4), Element(Shape.LINE, 1, 2, 1, 1))
    tree = Element(Shape.PAGE, 0, 0, 9, 9, children=(Element(Shape.BOX, 1, 1, 5, 5, children=inner),))
    told = tree.reworded(["m"])
    assert [(e.text, e.sure) for e in told if e.shape is Shape.TEXT] == [("m", 1.0)]
    assert [e.shape for e in told] == [e.shape for e in tree]
    with pytest.raises(ValueError, match="2 texts for 1 places"):
        tree.reworded(["a", "b"])
