"""Stock llama-cpp-python in a process of its own: `Llama.create_chat_completion(stream=True)`.

Run as `python -m bench.stock MODEL THREADS [PROJECTOR]`. One `Llama` answers every request, so that it reuses
the prefix of the turn before, as it does by itself where there is no image. Threads and context are set to
the product's: left alone it takes half of the processors and 512 tokens.
"""

import sys
from time import perf_counter
from typing import Any

from llama_cpp import Llama
from llama_cpp.llama_chat_format import MTMDChatHandler

from bench.child import reply, requests
from bench.measure import CONTEXT, SAMPLING


def answer(llama: Any, messages: list[dict[str, Any]], tokens: int) -> tuple[float, str]:
    """Seconds from the call to the first text of the answer, and the whole answer."""
    began, first, text = perf_counter(), 0.0, ""
    chunks = llama.create_chat_completion(
        messages,
        stream=True,
        max_tokens=tokens,
        temperature=SAMPLING.temperature,
        repeat_penalty=SAMPLING.repeat_penalty,
        logit_bias={llama.token_eos(): float("-inf")},
    )
    for chunk in chunks:
        new = chunk["choices"][0]["delta"].get("content") or ""
        if new and not first:
            first = perf_counter() - began
        text += new
    return first or perf_counter() - began, text


def main() -> None:
    threads = int(sys.argv[2])
    llama = Llama(
        sys.argv[1],
        n_gpu_layers=0,
        n_ctx=CONTEXT,
        n_threads=threads,
        n_threads_batch=threads,
        chat_handler=MTMDChatHandler(sys.argv[3], verbose=False) if len(sys.argv) > 3 else None,
        verbose=False,
    )
    for request in requests():
        messages = [{"role": role, "content": content} for role, content in request["messages"]]
        first, text = answer(llama, messages, request["tokens"])
        reply(first=first, text=text)


if __name__ == "__main__":
    main()
