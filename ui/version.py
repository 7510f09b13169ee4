"""Which Twofold this is."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("twofold")
except PackageNotFoundError:  # run from a folder that was never installed
    VERSION = "0.1.0"
