"""How what comes from strangers, and sizes, are put before people."""


def plain(text: str, limit: int) -> str:
    """A stranger's text on one line: nothing invisible, no turned direction, `limit` characters."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 4 * limit])
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def size_in_words(count: int) -> str:
    """Bytes for people, in powers of ten: "98 MB", "1.1 GB"."""
    for scale, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (1000, "kB")):
        if count >= scale:
            decimals = 1 if scale >= 10**9 and count < 9.95 * scale else 0
            return f"{count / scale:.{decimals}f} {unit}"
    return f"{count} bytes"
