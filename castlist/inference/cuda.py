"""Whether this machine has a GPU that CUDA can use, asked of NVIDIA's driver itself."""

import ctypes
from functools import cache


@cache
def driver_fault() -> str:
    """Why the driver offers no GPU to this process, empty if it does."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return "this machine has no NVIDIA driver, or its container was not given one"
    count = ctypes.c_int()
    code = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    if code:
        return f"NVIDIA's driver offers no GPU to this process (error {code})"
    return "" if count.value else "NVIDIA's driver sees no GPU"
