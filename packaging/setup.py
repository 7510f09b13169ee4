"""Sets Twofold up and starts it: `python3 packaging/setup.py run` is what `make run` does.

Needs nothing but a Python of 3.11 or later. An older one is told so here, before it meets newer syntax.
"""

import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Twofold needs Python 3.11 or later, and this one is %d.%d: install a newer one and name it, "  # noqa: UP031
        "as in `make run PYTHON=python3.12`." % sys.version_info[:2]
    )

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))  # for what it shares with the product: models/

from commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
