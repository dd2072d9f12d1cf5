"""Makes msgspec safe to use from several threads."""

from __future__ import annotations

import msgspec


def prepare(kind: type[msgspec.Struct] = msgspec.Struct) -> None:
    """Have msgspec look at every struct class that is loaded, before any thread is started.

    It does so at a class's first use; two threads that use a class for the first time at once crash the
    process (msgspec 0.22). Raises NameError for a class whose annotations are not there at run time.
    """
    for each in kind.__subclasses__():
        msgspec.json.Decoder(each)
        prepare(each)
