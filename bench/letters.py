"""RapidOCR as it comes, with the models of its wheel. Run as `python -m bench.letters`."""

from time import perf_counter

from rapidocr import RapidOCR

from bench.child import reply, requests


def main() -> None:
    reader = RapidOCR(params={"Global.log_level": "critical"})
    for request in requests():
        began = perf_counter()
        reader(request["path"])
        reply(seconds=perf_counter() - began)


if __name__ == "__main__":
    main()
