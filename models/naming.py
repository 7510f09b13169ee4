"""Short names for people, out of what publishers write into file names and headers."""

import re

from models.words import plain

# How families and words are written by those who made them; the rest keeps its own capitals.
# fmt: off
_WRITTEN = {
    word.lower(): word for word in [
        "SmolLM", "SmolVLM", "Qwen", "QwQ", "Llama", "TinyLlama", "CodeLlama", "Gemma", "CodeGemma",
        "MedGemma", "Mistral", "Mixtral", "Ministral", "Codestral", "Devstral", "Magistral", "Phi",
        "DeepSeek", "LFM", "GPT", "OSS", "OLMo", "OLMoE", "Falcon", "Granite", "MiniCPM", "InternLM",
        "StarCoder", "StableLM", "Yi", "GLM", "Nemotron", "EXAONE", "RWKV", "Mamba", "Hermes", "Vicuna",
        "Zephyr", "OpenChat", "Hunyuan", "Kimi", "ERNIE", "Jamba", "VL", "MoE", "Apertus", "Aya", "Command",
        "R1", "XL",
    ]
}
# fmt: on
_QUANT_TAIL = re.compile(
    r"[-_. ](?:ud[-_])?"
    r"(?:i?q[1-8](?:[-_][a-z0-9]{1,4}){0,3}|tq[12]_0|b?f16|fp(?:16|32|8)|f32|(?:mx|nv)fp4(?:[-_]moe)?)$",
    re.IGNORECASE,
)
_PART_TAIL = re.compile(r"-\d{5}-of-\d{5}$")
_SIZE = re.compile(r"(?:\d+x)?[ae]?\d+(?:\.\d+)?[bmt]|mini|nano|tiny|small|medium|large|flash", re.IGNORECASE)
_DROPPED = {"instruct", "it", "chat", "gguf", "ggml", "hf", "imat", "imatrix", "i1", "model", "quantized"}
_MAKERS = {"meta", "google", "microsoft", "mistralai", "nvidia", "ibm", "huggingfacetb", "unsloth", "openai"}
_LONGEST = 60


def display_name(stem: str, general_name: str = "", basename: str = "", size_label: str = "") -> str:
    """What a person calls a model, such as "SmolLM2 135M" or "Qwen2.5 Coder 1.5B".

    `stem` is the file's name without ".gguf"; the rest are the header's `general.name`, `general.basename`
    and `general.size_label`. A file name that tells a size is believed first (people and publishers choose
    it; headers often say "model" or a training run), then base name with size, then the general name.
    """
    if (from_file := _words(stem)) and len(from_file) > 1 and any(map(_SIZE.fullmatch, from_file)):
        return _join(from_file)
    if basename and size_label and (words := _words(f"{basename} {size_label}")):
        return _join(words)
    return _join(_words(general_name) or from_file) or plain(stem, _LONGEST) or "Model"


def _words(text: str) -> list[str]:
    """The words of a name that say something, written as their makers write them."""
    text = plain(text, 4 * _LONGEST)
    text = _PART_TAIL.sub("", text)
    while (shorter := _QUANT_TAIL.sub("", text)) != text:
        text = shorter
    text = re.sub(r"(?<!\d)\.|\.(?!\d)", " ", text)
    words = [word for word in re.split(r"[-_ /]+", text) if word]
    while len(words) > 1 and (words[0].lower() in _MAKERS or _repeated(words)):
        words = words[1:]
    return [_written(word) for word in words if word.lower() not in _DROPPED]


def _repeated(words: list[str]) -> bool:
    """Whether the first word is a publisher named like the model: "Qwen_Qwen3-4B"."""
    return len(words[0]) > 2 and words[1].lower().startswith(words[0].lower())


def _written(word: str) -> str:
    lower = word.lower()
    if _SIZE.fullmatch(word) and not word.isalpha():
        return word.upper().replace("X", "x")
    family = lower if lower in _WRITTEN else lower.rstrip("0123456789.")
    if family in _WRITTEN:
        return _WRITTEN[family] + word[len(family) :]
    return word.capitalize() if lower == word and word.isalpha() else word


def _join(words: list[str]) -> str:
    return plain(" ".join(words), _LONGEST)
