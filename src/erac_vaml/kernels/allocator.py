"""How the C library handles the memory of large arrays."""

import ctypes
import sys

from erac_vaml.kernels import is_on

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_LARGEST = 2**31 - 1


def keep_freed_memory() -> None:
    """Let this process keep the memory that it frees, instead of returning it to the system at once.

    glibc asks the system for each large array anew and returns it when the array is freed; the first touch of each page
    then costs more than the arithmetic on it: a softmax of 950 × 22,822 numbers takes 31 ms in new memory, 5 in memory
    that was used before. Without glibc, or where the kernel is off, nothing is done.
    """
    if not is_on("allocator") or not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_MAX, 0)
        library.mallopt(_M_TRIM_THRESHOLD, _LARGEST)
