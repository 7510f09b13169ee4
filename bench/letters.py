"""RapidOCR as it comes, with the models of its wheel. Run as `python -m bench.letters`."""

from time import perf_counter

from bench.child import reply, requests
from models.worker import confinement


def main() -> None:
    confinement.enter()
    from rapidocr import RapidOCR  # not before: it loads what is to be kept from the network

    reader = RapidOCR(params={"Global.log_level": "critical"})
    for request in requests():
        began = perf_counter()
        reader(request["path"])
        reply(seconds=perf_counter() - began)


if __name__ == "__main__":
    main()
