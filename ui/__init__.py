"""What a person sees and touches."""

import ctypes
import sys

if sys.version_info < (3, 12):
    # PySide6 6.12.0 takes None to be immortal, as it is from Python 3.12 on (PEP 683): below that, each
    # call of a Qt function that returns nothing gives back one reference to None too many, and the program
    # is aborted ("none_dealloc") after some ten thousand calls. 6.11.3 counts correctly. So None is given
    # more references than can ever be given back. To go with Python 3.11, or with a PySide6 that passes
    # `tests/ui/test_none.py` without it.
    ctypes.c_ssize_t.from_address(id(None)).value = 1 << 60
