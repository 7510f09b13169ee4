"""Which projector the library gives to which model, and how one that is dropped on it finds its own."""

from pathlib import Path

import pytest

from models.gguf import BadModelFile
from models.library import Library, LocalModel, NotAdopted
from tests.models import tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "models"
    place.mkdir()
    return place


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    place = tmp_path / "downloads"
    place.mkdir()
    return place


def eyes(folder: Path) -> dict[str, str | None]:
    """The name of each model's projector, by the file's name of the model."""
    found = Library(folder).look()
    assert all(model.sees == (model.projector is not None) for model in found)
    return {model.path.stem: model.projector.name if model.projector else None for model in found}


def test_the_projector_beside_a_model_is_its_own(folder: Path) -> None:
    tiny.write_dense(folder / "llava-1b-q4_0.gguf")
    assert eyes(folder) == {"llava-1b-q4_0": None}
    tiny.write_projector(folder / "mmproj-model-f16.gguf")
    assert eyes(folder) == {"llava-1b-q4_0": "mmproj-model-f16.gguf"}


def test_one_that_does_not_fit_is_never_given(folder: Path) -> None:
    tiny.write_dense(folder / "llava-1b.gguf")
    tiny.write_projector(folder / "mmproj-llava-1b.gguf", to=96)
    tiny.write_growing_eyes(folder / "mmproj-llava-2b.gguf")  # of another family
    assert eyes(folder) == {"llava-1b": None}


def test_every_quantisation_of_a_model_has_its_eyes_and_another_model_has_not(folder: Path) -> None:
    for name in ("llava-1b-q4_0", "llava-1b-q8_0", "mistral-1b"):
        tiny.write_dense(folder / f"{name}.gguf")
    tiny.write_projector(folder / "mmproj-llava-1b-f16.gguf")
    own = "mmproj-llava-1b-f16.gguf"
    assert eyes(folder) == {"llava-1b-q4_0": own, "llava-1b-q8_0": own, "mistral-1b": None}


def test_of_several_the_name_decides_and_then_the_convention(folder: Path) -> None:
    tiny.write_dense(folder / "llava-1b.gguf")
    tiny.write_dense(folder / "moondream-1b.gguf")
    tiny.write_projector(folder / "moondream-1b-eyes.gguf")
    tiny.write_projector(folder / "llava-1b-eyes.gguf")
    tiny.write_projector(folder / "mmproj-llava-1b.gguf")
    assert eyes(folder) == {"llava-1b": "mmproj-llava-1b.gguf", "moondream-1b": "moondream-1b-eyes.gguf"}


def test_a_folder_of_its_own_comes_first_and_another_needs_a_name(folder: Path) -> None:
    for name in ("one", "two", "eyes"):
        (folder / name).mkdir()
    tiny.write_dense(folder / "one" / "llava-1b.gguf")
    tiny.write_dense(folder / "two" / "moondream-1b.gguf")
    tiny.write_projector(folder / "two" / "mmproj.gguf")
    assert eyes(folder) == {"llava-1b": None, "moondream-1b": "mmproj.gguf"}
    tiny.write_projector(folder / "eyes" / "mmproj-llava-1b.gguf")
    tiny.write_projector(folder / "eyes" / "mmproj-moondream-1b.gguf")
    assert eyes(folder) == {"llava-1b": "mmproj-llava-1b.gguf", "moondream-1b": "mmproj.gguf"}


def test_a_projector_that_is_dropped_goes_to_its_model(folder: Path, outside: Path) -> None:
    (folder / "deep").mkdir()
    tiny.write_dense(folder / "mistral-1b.gguf")
    tiny.write_dense(folder / "deep" / "llava-1b.gguf")
    library = Library(folder)
    file = tiny.write_projector(outside / "mmproj-llava-1b.gguf")
    model = library.adopt(file)
    assert model.path == folder / "deep" / "llava-1b.gguf"
    assert model.projector == folder / "deep" / "mmproj-llava-1b.gguf"
    assert model.projector.samefile(file)
    assert [found.sees for found in library.models()] == [True, False]
    assert library.adopt(file) == model
    assert len(list((folder / "deep").iterdir())) == 2


def test_one_that_fits_no_model_is_refused_and_not_kept(folder: Path, outside: Path) -> None:
    tiny.write_dense(folder / "llava-1b.gguf")
    file = tiny.write_projector(outside / "mmproj-llava-1b.gguf", to=96)
    with pytest.raises(NotAdopted) as caught:
        Library(folder).adopt(file)
    assert str(caught.value) == (
        "mmproj-llava-1b.gguf is the eyes of a model (a projector), not a model; none of the models here fits"
        " it, so add the one that it belongs to first."
    )
    assert [path.name for path in folder.iterdir()] == ["llava-1b.gguf"]
    ears = outside / "ears.gguf"
    ears.write_bytes(file.read_bytes().replace(b"clip.has_vision_encoder", b"clip.has_motion_encoder"))
    with pytest.raises(NotAdopted, match="takes in no pictures"):
        Library(folder).adopt(ears)
    file.write_bytes(file.read_bytes()[:900])
    with pytest.raises(BadModelFile):
        Library(folder).adopt(file)


def test_a_model_outside_the_library_has_the_eyes_beside_it(outside: Path) -> None:
    file = tiny.write_dense(outside / "llava-1b.gguf")
    tiny.write_projector(outside / "other.gguf")  # in a folder of downloads only what says that it is one
    (outside / "mmproj-broken.gguf").write_text("hello")
    assert not LocalModel.at(file).sees
    own = tiny.write_projector(outside / "mmproj.gguf")
    model = LocalModel.at(file)
    assert (model.projector, model.name) == (own, "Llava 1B")
