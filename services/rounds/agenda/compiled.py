"""How functions are compiled: once for a machine and a state of this package, free of Python's lock.

numba looks for changes in a function's own file alone, and would go on with what it compiled from other
files that have changed since. So each state of the compiled files has a cache of its own.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from numba import core, njit

_HERE = Path(__file__).parent
_texts = [path.read_bytes() for path in sorted(_HERE.glob("*.py"))]
_state = hashlib.sha256(b"".join(t for t in _texts if b"numba" in t or b"agenda.compiled" in t)).hexdigest()
_config: Any = core.config
_config.CACHE_DIR = str(Path(_config.CACHE_DIR or _HERE / "__pycache__") / f"numba-{_state[:12]}")

compiled: Any = njit(cache=True, nogil=True)
inlined: Any = njit(cache=True, nogil=True, forceinline=True)
