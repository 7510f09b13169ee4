"""The real model that tests read."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def starter() -> Path:
    """The starter's file, from `TWOFOLD_STARTER`; tests that need it are skipped without."""
    path = os.environ.get("TWOFOLD_STARTER")
    if not path:
        pytest.skip("TWOFOLD_STARTER does not name the starter's file")
    return Path(path)
