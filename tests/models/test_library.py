"""The models on this disk: found, told apart, and taken in without ever keeping half a file."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from models import library as module
from models.gguf import BadModelFile, Header, Kind, read_header
from models.known import CODER, MODELS
from models.library import Library, NoSuchModel, NotAdopted
from tests.models import tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The models' folder; not made yet, as in a new profile."""
    return tmp_path / "models"


@pytest.fixture
def library(folder: Path) -> Library:
    return Library(folder)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    place = tmp_path / "downloads"
    place.mkdir()
    return place


@pytest.fixture
def no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models' folder as on another disk than the file."""

    def refuse(self: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)


@pytest.fixture
def three(folder: Path) -> Path:
    """Two models of one name, and another in a folder within."""
    (folder / "more" / "deep").mkdir(parents=True)
    tiny.write_dense(folder / "Tiny-1B-Instruct-Q4_0.gguf")
    tiny.write_dense(folder / "tiny-1b-chat.gguf", blocks=1)
    tiny.write_hybrid(folder / "more" / "deep" / "other-2b.gguf")
    return folder


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_profile_has_none(library: Library) -> None:
    assert library.look() == []
    assert library.broken == []
    assert library.default() is None
    with pytest.raises(NoSuchModel, match=r"No model here is called “qwen”; there is none yet\."):
        library.find("qwen")


@pytest.mark.usefixtures("three")
def test_finds_and_tells_apart(library: Library) -> None:
    models = library.look()
    assert [model.name for model in models] == ["Other 2B", "tiny-1b-chat", "Tiny-1B-Instruct-Q4_0"]
    assert all(model.size == model.path.stat().st_size for model in models)


def test_names_differ_by_quantisation_where_that_tells(library: Library, folder: Path) -> None:
    folder.mkdir()
    for name, file_type in (("tiny-1b.gguf", 0), ("tiny-1b-instruct.gguf", 15)):
        written = tiny.write_dense(folder / name).read_bytes()
        key = b"general.file_type\x04\0\0\0"
        written = written.replace(key + bytes(4), key + bytes([file_type, 0, 0, 0]))
        (folder / name).write_bytes(written)
    assert [model.name for model in library.look()] == ["Tiny 1B F32", "Tiny 1B Q4_K_M"]


@pytest.mark.usefixtures("three")
def test_passes_over_what_is_no_model(library: Library, folder: Path) -> None:
    tiny.write_projector(folder / "mmproj.gguf")
    tiny.write_dense(folder / "half.gguf.part")
    tiny.write_dense(folder / ".hidden.gguf")
    (folder / "read me.txt").write_text("hello")
    deepest = folder.joinpath(*"abcdef")
    deepest.mkdir(parents=True)
    tiny.write_dense(deepest / "too-deep.gguf")
    (folder / "more" / "round").symlink_to(folder)
    assert len(library.look()) == 3
    assert library.broken == []


@pytest.mark.usefixtures("three")
def test_broken_files_say_why(library: Library, folder: Path) -> None:
    (folder / "notes.gguf").write_text("Buy milk.")
    (folder / "lost.gguf").symlink_to(folder / "nowhere")
    assert len(library.look()) == 3
    assert [(broken.path.name, broken.reason) for broken in library.broken] == [
        ("lost.gguf", "lost.gguf cannot be read: it is not there."),
        ("notes.gguf", "notes.gguf is a text file, not a model."),
    ]
    (folder / "notes.gguf").unlink()
    (folder / "nowhere").symlink_to(folder / "tiny-1b-chat.gguf")
    assert len(library.look()) == 4
    assert library.broken == []


@pytest.mark.usefixtures("three")
def test_headers_are_read_once(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "notes.gguf").write_text("Buy milk.")
    read: list[str] = []

    def reading(path: Path) -> Header:
        read.append(path.name)
        return read_header(path)

    monkeypatch.setattr(module, "read_header", reading)
    library.look()
    library.look()
    assert len(read) == 4
    tiny.write_dense(folder / "tiny-1b-chat.gguf", blocks=3)
    library.look()
    assert read[4:] == ["tiny-1b-chat.gguf"]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("said", ["Other 2B", "other 2b", " OTHER", "other-2b.gguf", "other-2b", "o"])
def test_find(library: Library, said: str) -> None:
    assert library.find(said).name == "Other 2B"


@pytest.mark.usefixtures("three")
def test_find_says_what_there_is(library: Library) -> None:
    with pytest.raises(NoSuchModel) as caught:
        library.find("qwen")
    there = "Other 2B, tiny-1b-chat and Tiny-1B-Instruct-Q4_0"
    assert str(caught.value) == f"No model here is called “qwen”; there are {there}."
    with pytest.raises(NoSuchModel, match="“tiny” may mean tiny-1b-chat or Tiny-1B-Instruct-Q4_0"):
        library.find("tiny")
    with pytest.raises(NoSuchModel):
        library.find("")


def default_path(library: Library) -> Path | None:
    library.look()
    model = library.default()
    return model.path if model else None


def test_default_is_the_starter(library: Library, folder: Path) -> None:
    folder.mkdir()
    tiny.write_dense(folder / "base.gguf", blocks=1, template=None)
    large = tiny.write_window(folder / "large.gguf")
    assert default_path(library) == large  # it knows how to chat
    small = tiny.write_dense(folder / "small.gguf")
    assert default_path(library) == small
    starter = tiny.write_hybrid(folder / "SmolLM2-135M-Instruct.Q4_1.gguf")
    assert default_path(library) == starter


def test_adopt_links(library: Library, folder: Path, outside: Path) -> None:
    file = tiny.write_dense(outside / "Tiny-1B.gguf")
    model = library.adopt(file)
    assert model.name == "Tiny 1B"
    assert model.path == folder / "Tiny-1B.gguf"
    assert model.path.samefile(file)
    assert library.look() == [model]


@pytest.mark.usefixtures("no_links")
def test_adopt_copies_to_another_disk(library: Library, folder: Path, outside: Path) -> None:
    file = tiny.write_dense(outside / "Tiny-1B.gguf")
    told: list[tuple[int, int]] = []
    model = library.adopt(file, lambda done, total: told.append((done, total)))
    assert model.path.read_bytes() == file.read_bytes()
    assert not model.path.samefile(file)
    assert told[-1] == (model.size, model.size)
    assert left_in(folder) == ["Tiny-1B.gguf"]


def test_adopting_twice_keeps_one(library: Library, folder: Path, outside: Path) -> None:
    file = tiny.write_dense(outside / "Tiny-1B.gguf")
    model = library.adopt(file)
    assert library.adopt(file) == model
    shutil.copy(file, outside / "same.gguf")
    assert library.adopt(outside / "same.gguf") == model
    assert library.adopt(model.path) == model
    assert left_in(folder) == ["Tiny-1B.gguf"]


def test_another_of_the_same_name_gets_a_number(library: Library, folder: Path, outside: Path) -> None:
    for blocks in (1, 2, 3):
        tiny.write_dense(outside / "Tiny-1B.gguf", blocks=blocks)
        library.adopt(outside / "Tiny-1B.gguf")
        (outside / "Tiny-1B.gguf").unlink()
    assert left_in(folder) == ["Tiny-1B 2.gguf", "Tiny-1B 3.gguf", "Tiny-1B.gguf"]
    assert sorted(model.header.block_count for model in library.look()) == [1, 2, 3]


def test_a_link_is_followed_and_a_name_made_fit(library: Library, folder: Path, outside: Path) -> None:
    file = tiny.write_dense(outside / "sha256-0123")
    (outside / "link.gguf").symlink_to(file)
    assert library.adopt(outside / "link.gguf").path == folder / "sha256-0123.gguf"


def test_refuses_what_is_no_model(library: Library, folder: Path, outside: Path) -> None:
    eyes = tiny.write_projector(outside / "mmproj.gguf")
    with pytest.raises(
        NotAdopted, match=r"mmproj.gguf is the eyes of a model \(a projector\), not a model; "
    ):
        library.adopt(eyes)
    (outside / "notes.gguf").write_text("Buy milk.")
    with pytest.raises(BadModelFile, match="a text file"):
        library.adopt(outside / "notes.gguf")
    with pytest.raises(BadModelFile):
        library.adopt(outside)
    assert not folder.exists()


@pytest.mark.usefixtures("no_links")
def test_refuses_what_does_not_fit(library: Library, outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    file = tiny.write_dense(outside / "Tiny-1B.gguf")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(12_000_000))
    with pytest.raises(NotAdopted) as caught:
        library.adopt(file)
    assert str(caught.value) == "Tiny-1B.gguf needs 371 kB, 12 MB are free. Nothing was copied."
    assert library.look() == []


@pytest.mark.usefixtures("no_links")
def test_stopping_a_copy_leaves_nothing(library: Library, folder: Path, outside: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        library.adopt(tiny.write_dense(outside / "Tiny-1B.gguf"), stop)
    assert left_in(folder) == []


@pytest.mark.usefixtures("no_links")
def test_a_file_that_changes_while_it_is_copied(library: Library, folder: Path, outside: Path) -> None:
    file = tiny.write_dense(outside / "Tiny-1B.gguf")
    with pytest.raises(BadModelFile, match=r"^Tiny-1B\.gguf is cut short"):
        library.adopt(file, lambda done, total: os.truncate(folder / left_in(folder)[0], 9000))
    assert left_in(folder) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(library: Library, folder: Path, outside: Path) -> None:
    folder.mkdir(mode=0o500)
    with pytest.raises(NotAdopted, match="could not be taken in: Permission denied"):
        library.adopt(tiny.write_dense(outside / "Tiny-1B.gguf"))


def test_the_starter(library: Library, starter: Path) -> None:
    model = library.adopt(starter)
    assert model.name == "SmolLM2 135M"
    assert model.header.kind is Kind.LANGUAGE
    assert library.default() == model
    assert library.find("smollm") == model


def test_a_known_model_answers_to_its_word_and_is_missing_until_it_is_here(
    folder: Path, library: Library
) -> None:
    assert library.missing() == list(MODELS.values())
    folder.mkdir()
    tiny.write_dense(folder / CODER.file)
    tiny.write_dense(folder / "coder-of-another.gguf")
    library.look()
    assert library.find("coder").path.name == CODER.file
    assert library.missing() == [known for known in MODELS.values() if known is not CODER]


def test_a_known_model_under_another_name_is_not_missing(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    tiny.write_dense(folder / "renamed.gguf")
    size = (folder / "renamed.gguf").stat().st_size
    monkeypatch.setitem(MODELS, "coder", replace(CODER, size=size))
    assert "coder" not in {known.word for known in library.missing()}
