"""Which Twofold this is."""

from functools import cache


@cache
def version() -> str:
    """Looked up when it is asked for: that reads the metadata of what is installed."""
    from importlib import metadata

    try:
        return metadata.version("twofold")
    except metadata.PackageNotFoundError:  # run from a folder that was never installed
        return "0.1.0"
