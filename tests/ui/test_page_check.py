"""Pages are tried out in a browser of their own: what holds, and what does not, is told right."""

import subprocess
import sys
import time

import pytest

from app.filling import fill
from app.making import CannotTry
from app.sketch import Act, Effect, Implied, Writable, draft, implied
from tests.app import drawn
from tests.conftest import ROOT
from ui import page_check
from ui.page_check import check


def wanted(*texts: str, acts: tuple[Act, ...] = (), fields: tuple[Writable, ...] = ()) -> Implied:
    return Implied("", texts, acts, fields, ())


def test_a_draft_holds_and_what_is_taken_from_it_is_told() -> None:
    sketch = drawn.KINDS["joke"]()
    page = fill(draft(sketch), {"punchline": "Because light attracts bugs."})
    outcome = check(page, implied(sketch))
    assert outcome.problems == []
    assert set(outcome.visible) == set(implied(sketch).texts)
    broken = page.replace("My Joke Website", "Jokes").replace("<script>", "<script>if (0)")
    told = check(broken, implied(sketch)).problems
    assert "“My Joke Website” cannot be seen on it" in told
    assert any("“reveal punchline”" in problem for problem in told)


@pytest.mark.parametrize("kind", ["todo", "quiz", "contact", "calculator"])
def test_other_drafts_hold(kind: str) -> None:
    sketch = drawn.KINDS[kind]()
    assert check(draft(sketch), implied(sketch)).problems == []


HIDDEN = """<h1>Jokes</h1><p id=p hidden>It is <b>blue</b></p>
<button onclick="p.hidden = false">reveal</button><button>idle</button>
<button onclick="document.title = 'x'">title</button><button onclick="missing()">broken</button>
<button onclick="alert('said')">tell</button>"""


def test_each_button_is_tried_for_what_it_should_do() -> None:
    acts = (
        Act("reveal", 0, Effect.REVEAL, ("It is blue",)),
        Act("idle", 0, Effect.PRESS),
        Act("title", 0, Effect.PRESS),
        Act("broken", 0, Effect.SEND),
        Act("tell", 0, Effect.PRESS),
        Act("absent", 0, Effect.PRESS),
    )
    outcome = check(HIDDEN, wanted("Jokes", "It is blue", acts=acts))
    assert outcome.visible == ("Jokes", "It is blue")
    assert [act.button for act, _ in outcome.idle] == ["idle", "title", "broken", "absent"]
    assert outcome.problems[:4] == [
        "“idle” does nothing",
        "“title” does nothing",
        "“broken” says nothing",
        "“absent” is not on it",
    ]
    assert "missing is not defined" in outcome.problems[4]


@pytest.mark.parametrize(
    "style",
    [
        "display: none",
        "visibility: hidden",
        "opacity: 0",
        "position: absolute; left: -9999px",
        "transform: scale(0)",
    ],
)
def test_what_cannot_be_seen_is_missing(style: str) -> None:
    outcome = check(f"<p>seen</p><p style='{style}'>not to be seen</p>", wanted("seen", "not to be seen"))
    assert outcome.visible == ("seen",)
    assert outcome.missing == ("not to be seen",)


def test_a_text_that_is_revealed_must_be_hidden_first() -> None:
    acts = (Act("reveal", 0, Effect.REVEAL, ("shown",)),)
    outcome = check("<p>shown</p><button>reveal</button>", wanted("shown", acts=acts))
    assert outcome.problems == ["“reveal” has nothing to reveal"]


def test_short_results_are_not_found_in_keys_that_stand_beside_each_other() -> None:
    keys = "<input id=d><button>1</button><button>2</button><button>=</button>"
    act = Act("=", 0, Effect.COMPUTE, ("12",))
    assert check(keys, wanted(acts=(act,))).problems == ["“=” does not give “12”"]
    works = keys.replace("<button>=", "<button onclick='d.value = 12'>=")
    assert check(works, wanted(acts=(act,))).problems == []


COUNTS = "<p id=n>0</p><button onclick='n.textContent++'>More</button><button>Less</button>"


def test_a_counter_counts() -> None:
    acts = (Act("More", 0, Effect.COUNT), Act("Less", 0, Effect.COUNT))
    assert check(COUNTS, wanted(acts=acts)).problems == ["“Less” counts nothing"]


@pytest.mark.parametrize("effect", Effect)
def test_there_are_words_for_every_effect(effect: Effect) -> None:
    act = Act("Go", 0, effect, ("seven",))
    outcome = page_check.Outcome((), (), ((act, "nothing"),), (), ())
    assert outcome.problems[0].startswith("“Go” ")


def test_fields_take_text() -> None:
    fields = (Writable("Name", "", False), Writable("", "your words", True), Writable("Age", "", False))
    page = "<label>Name <input></label><textarea placeholder='your words'></textarea>"
    assert check(page, wanted(fields=fields)).unwritable == ("Age",)
    read_only = page.replace("<input>", "<input readonly>")
    assert len(check(read_only, wanted(fields=fields[:2])).unwritable) == 1


def test_what_is_kept_by_the_page_does_not_reach_the_next_click() -> None:
    page = """<p id=p></p><button onclick="localStorage.n = +(localStorage.n || 0) + 1; show()">more</button>
<script>const show = () => { p.textContent = localStorage.n || "" }; show()</script>"""
    act = Act("more", 0, Effect.COMPUTE, ("1",))
    assert check(page, wanted(acts=(act, act))).problems == []


def test_text_behind_a_button_that_the_sketch_does_not_have_is_found() -> None:
    page = "<p id=p hidden>second</p><button onclick='p.hidden = false'>Next</button>"
    assert check(page, wanted("second")).missing == ()


def test_an_endless_loop_ends_it() -> None:
    began = time.monotonic()
    assert check("<script>while (1) {}</script>", wanted("a")).problems == ["it stopped answering"]
    assert time.monotonic() - began < page_check.PATIENCE


def test_there_is_a_limit() -> None:
    act = Act("a", 0, Effect.PRESS)
    outcome = check("<button>a</button>", wanted(acts=(act,) * 100), seconds=2)
    assert outcome.problems == ["it did not come to rest in time"]


def test_where_no_page_can_be_shown_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(CannotTry, match="could not be started"):
        check("<p>", wanted())


def test_a_process_that_breaks_is_no_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(CannotTry, match="broke down"):
        check("<p>", wanted())


def test_to_call_it_loads_no_qt() -> None:
    script = "import sys, ui.page_check; print(any(name.startswith('PySide6') for name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "False"
