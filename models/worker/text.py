"""From tokens to text that can be shown: whole characters only, and nothing that may be a stop string."""

import codecs
from collections.abc import Sequence


class Detokeniser:
    """Bytes in, text out; a character that is not whole yet waits for its other bytes."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, piece: bytes) -> str:
        return self._decoder.decode(piece)

    def flush(self) -> str:
        """What is left, with U+FFFD for a character that never became whole."""
        return self._decoder.decode(b"", final=True)


class StopStrings:
    """Holds back text that may be the beginning of a stop string, across token borders."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Text that may be shown now. After a stop string `stopped` is True and no more comes."""
        if self.stopped:
            return ""
        if not self._stops:
            return text
        self._held += text
        found = [at for at in (self._held.find(stop) for stop in self._stops) if at >= 0]
        if found:
            self.stopped = True
            shown, self._held = self._held[: min(found)], ""
            return shown
        keep = max(self._possible(stop) for stop in self._stops)
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def flush(self) -> str:
        """What was held back, when no more text comes."""
        shown, self._held = self._held, ""
        return shown

    def _possible(self, stop: str) -> int:
        """How many characters at the end of what is held are the beginning of this stop string."""
        for length in range(min(len(stop) - 1, len(self._held)), 0, -1):
            if self._held.endswith(stop[:length]):
                return length
        return 0
