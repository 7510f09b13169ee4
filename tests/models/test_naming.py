"""Names for people."""

import pytest

from models.naming import display_name


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("SmolLM2-135M-Instruct.Q4_1", "SmolLM2 135M"),
        ("qwen2.5-coder-1.5b-instruct-q4_k_m", "Qwen2.5 Coder 1.5B"),
        ("gemma-3-270m-Q4_K_M", "Gemma 3 270M"),
        ("Qwen_Qwen3-4B-Thinking-2507-Q4_K_M", "Qwen3 4B Thinking 2507"),
        ("Meta-Llama-3.1-8B-Instruct-UD-Q4_K_XL", "Llama 3.1 8B"),
        ("tinyllama-1.1b-chat-v1.0.IQ3_XXS", "TinyLlama 1.1B v1.0"),
        ("Mixtral-8x7B-Instruct-v0.1.Q5_0", "Mixtral 8x7B v0.1"),
        ("Qwen3-30B-A3B-bf16", "Qwen3 30B A3B"),
        ("google_gemma-3n-E2B-it-mxfp4", "Gemma 3n E2B"),
        ("phi-3.5-mini-instruct-f16", "Phi 3.5 Mini"),
        ("SmolLM2-360M-base", "SmolLM2 360M Base"),
        ("", "Model"),
        ("---", "---"),
    ],
)
def test_names(stem: str, name: str) -> None:
    assert display_name(stem) == name


def test_names_from_the_header() -> None:
    assert display_name("mine", "Smollm2 135M 8k Mix1 Ep2", "smollm2", "135M") == "SmolLM2 135M"
    assert display_name("mine", "Qwen2.5 Coder 1.5B Instruct") == "Qwen2.5 Coder 1.5B"
    assert display_name("my-own", "model") == "My Own"
    assert display_name("a", "Evil\u202e\x1b[31m\nname") == "Evil [31m Name"
    assert len(display_name("a", "x " * 10_000)) <= 60
