"""A set-up gets its models whole, once, and says in a sentence why it did not."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import modelfiles
import pytest
from steps import Trouble

from models.known import KnownModel
from tests.models import shop

PYTHON = Path(sys.executable)
HALVES = (b"first half, ", b"second half")
Fetch = Callable[[KnownModel], Path]


@pytest.fixture
def model(tmp_path: Path) -> KnownModel:
    return shop.stock(tmp_path / "shop", HALVES)


@pytest.fixture
def index(tmp_path: Path, model: KnownModel) -> Iterator[shop.Index]:
    made = shop.Index(tmp_path / "shop")
    yield made
    made.close()


@pytest.fixture
def fetch(tmp_path: Path, index: shop.Index) -> Fetch:
    return lambda model: modelfiles.fetch(model, tmp_path / "models", PYTHON, index.env)


def test_a_second_time_nothing_is_fetched_or_hashed(
    model: KnownModel, fetch: Fetch, index: shop.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fetch(model).read_bytes() == b"".join(HALVES)
    index.sent.clear()
    monkeypatch.setattr(modelfiles, "_sha256", lambda file: pytest.fail("hashed again"))
    fetch(model)
    assert not index.sent


def test_a_file_put_there_by_hand_is_taken_if_it_is_right(model: KnownModel, tmp_path: Path) -> None:
    (tmp_path / model.file).write_bytes(b"".join(HALVES))
    assert modelfiles.is_whole(model, tmp_path)


@pytest.mark.parametrize("damage", [b"", b"first half, Second half", b"first half, second half and more"])
def test_a_damaged_file_is_fetched_again(
    model: KnownModel, fetch: Fetch, damage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = fetch(model)
    file.write_bytes(damage)
    assert fetch(model).read_bytes() == b"".join(HALVES)
    assert "again, for the file here is damaged" in capsys.readouterr().out


def test_a_failure_is_a_sentence_and_keeps_what_came(
    model: KnownModel, fetch: Fetch, index: shop.Index
) -> None:
    index.cut[2] = 100  # newer versions of pip try several times
    with pytest.raises(Trouble, match=r"the tiny model was not fetched\. The connection was lost\. 1 of 2"):
        fetch(model)
    index.cut.clear()
    assert fetch(model).read_bytes() == b"".join(HALVES)
    assert index.sent[1] == 1


def test_a_wrong_checksum_leaves_no_model(model: KnownModel, fetch: Fetch, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="wrong checksum"):
        fetch(replace(model, sha256="0" * 64))
    assert list((tmp_path / "models").glob("*.gguf")) == []
    assert fetch(model).exists()
