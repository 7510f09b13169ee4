"""What every test may ask for: the starter's file, and a profile of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import Core
from models.places import Places

ROOT = Path(__file__).resolve().parent.parent
STARTER = "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture(scope="session")
def starter() -> Path:
    """The real starter model: `make test` fetches it and names it in TWOFOLD_STARTER."""
    path = Path(os.environ.get("TWOFOLD_STARTER") or Places.default().models / STARTER)
    if not path.exists():
        pytest.fail("the starter model is not here: run `make test`, which fetches it")
    return path


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """An empty profile in a folder of this test; nothing of the person's own is touched."""
    home = tmp_path / "home"
    monkeypatch.setenv("TWOFOLD_HOME", str(home))
    return Places(home).create()


@pytest.fixture
def starter_places(places: Places, starter: Path) -> Places:
    """A profile that has the starter, by link."""
    (places.models / STARTER).symlink_to(starter)
    return places


@pytest.fixture
def tiny_core(places: Places) -> Iterator[Core]:
    """All below the window, with one model that is tiny and answers nonsense: `tiny-random.gguf`."""
    from tests.models import tiny

    tiny.write_dense(places.models / "tiny-random.gguf", template=tiny.CHATML)
    core = Core(places)
    yield core
    core.close()
