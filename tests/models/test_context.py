"""How a context is set up for a processor and for a device."""

from collections.abc import Iterator
from pathlib import Path

import llama_cpp.llama_cpp as ll
import pytest

from models.worker import llama
from models.worker.llama import BATCH, CPU_BATCH, MOST_SCORES, Model, context_params
from tests.models import tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    llama.start_backend()
    path: Path = tmp_path_factory.mktemp("tiny") / "dense.gguf"
    tiny.write_dense(path)
    model = Model(path, 0, lambda _: True)
    yield model
    model.close()


def test_a_processor_does_without_flash_attention(model: Model) -> None:
    """It takes twice as long for a batch of less than 64 tokens there."""
    params = context_params(model, 8192, 1, on_device=False)
    assert params.flash_attn_type == ll.LLAMA_FLASH_ATTN_TYPE_DISABLED
    assert (params.n_batch, params.n_ubatch) == (BATCH, CPU_BATCH)


def test_a_device_and_a_very_long_context_have_what_llama_cpp_chooses(model: Model) -> None:
    usual = ll.llama_context_default_params().flash_attn_type
    heads = int(ll.llama_model_n_head(model.handle))
    longest = MOST_SCORES // (4 * heads * CPU_BATCH)
    assert context_params(model, longest, 1, on_device=False).flash_attn_type != usual
    assert context_params(model, longest + 1, 1, on_device=False).flash_attn_type == usual
    assert context_params(model, 8192, 1, on_device=True).flash_attn_type == usual


def test_a_short_context_has_short_batches(model: Model) -> None:
    params = context_params(model, 64, 1, on_device=False)
    assert (params.n_ctx, params.n_batch, params.n_ubatch) == (64, 64, 64)
