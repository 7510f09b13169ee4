"""Text from tokens: nothing half, nothing lost, nothing past a stop string."""

from hypothesis import given
from hypothesis import strategies as st

from models.worker.text import Detokeniser, StopStrings


@given(st.text(), st.lists(st.integers(1, 7), max_size=40))
def test_characters_come_whole_however_the_bytes_are_cut(text: str, cuts: list[int]) -> None:
    data = text.encode()
    detokeniser, out, at = Detokeniser(), [], 0
    for cut in cuts:
        out.append(detokeniser.feed(data[at : at + cut]))
        at += cut
    out.append(detokeniser.feed(data[at:]))
    assert "".join(out) + detokeniser.flush() == text
    assert "\ufffd" not in "".join(out).replace("\ufffd" * text.count("\ufffd"), "")


def test_an_unfinished_character_is_shown_as_unknown_at_the_end() -> None:
    detokeniser = Detokeniser()
    assert detokeniser.feed("é".encode()[:1]) == ""
    assert detokeniser.flush() == "\ufffd"


pieces = st.lists(st.text("ab<|>X", max_size=4), max_size=30)


@given(pieces, st.lists(st.text("ab<|>X", min_size=1, max_size=5), max_size=3))
def test_stop_strings_are_found_across_borders(parts: list[str], stops: list[str]) -> None:
    whole = "".join(parts)
    filtered = StopStrings(stops)
    shown = "".join(filtered.feed(part) for part in parts)
    ends = [at for at in (whole.find(stop) for stop in stops) if at >= 0]
    if ends:
        assert filtered.stopped
        assert any(whole.startswith(shown + stop) for stop in stops)
    else:
        assert not filtered.stopped
        assert shown + filtered.flush() == whole


def test_text_that_cannot_become_a_stop_string_is_not_held_back() -> None:
    filtered = StopStrings(["</end>"])
    assert filtered.feed("hello <") == "hello "
    assert filtered.feed("b>") == "<b>"
