"""`python -m bench`: measures every row, prints one table and keeps it in bench/RESULTS.md."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import cold, decode, drawing, drawn, first_token, image, preview, reading, sketch, stop, table
from bench.measure import Effort, Row, Setting
from models.worker.threads import usable_cores

ROWS = {
    "decode": decode.row,
    "drawn": drawn.row,
    "first-token": first_token.row,
    "image": image.row,
    "cold": cold.row,
    "drawing": drawing.row,
    "stop": stop.row,
    "preview": preview.row,
    "sketch": sketch.row,
    "reading": reading.row,
}
RESULTS = Path(__file__).parent / "RESULTS.md"


def measure(names: Sequence[str], model: Path, threads: int, effort: Effort) -> dict[str, Row]:
    """One row after the other, each in a folder of its own that is gone afterwards."""
    rows: dict[str, Row] = {}
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="twofold-bench-", ignore_cleanup_errors=True) as folder:
            rows[name] = ROWS[name](Setting(model, threads, effort, Path(folder)))
        print(f"  {' | '.join(table.cells(rows[name])[2:])}", file=sys.stderr, flush=True)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", help=f"only these: {', '.join(ROWS)}")
    parser.add_argument("--keep", action="store_true", help="put these rows in the place of their last ones")
    # One core is left to whatever else runs, this process included: llama.cpp's threads wait for each other
    # by spinning, and a machine without a free core measures its own disturbance.
    parser.add_argument("--threads", type=int, default=max(1, usable_cores() - 1), help="of the model")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    starter = os.environ.get("TWOFOLD_STARTER", "")
    if not Path(starter).is_file():
        print("TWOFOLD_STARTER must name the starter's file; `make bench` sees to it.", file=sys.stderr)
        return 2
    rows = measure(asked.rows or list(ROWS), Path(starter).absolute(), asked.threads, Effort())
    print(table.as_markdown(rows, list(ROWS)))
    if asked.keep or not asked.rows:
        kept = RESULTS.read_text("utf-8") if asked.rows and RESULTS.exists() else ""
        RESULTS.write_text(table.as_markdown(rows, list(ROWS), kept), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
