"""The C library's allocation of large arrays."""

import ctypes
import sys

from erac_vaml.kernels import is_on

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_LARGEST = 2**31 - 1


def keep_freed_memory() -> None:
    """Make this process keep the memory that it frees, instead of returning it to the system.

    By default, glibc asks the system for the memory of each large array, and returns it when the array is freed. The
    first access to each page then costs more than the arithmetic: a softmax of 950 × 22,822 numbers takes 31 ms in new
    memory and 5 ms in reused memory. Without glibc, or if the kernel is off, do nothing.
    """
    if not is_on("allocator") or not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_MAX, 0)
        library.mallopt(_M_TRIM_THRESHOLD, _LARGEST)
