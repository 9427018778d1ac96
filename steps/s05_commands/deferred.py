"""Commands whose module is imported when one of them is first asked for.

A server starts sooner without the modules that most servers never use. And a module that a learner
has yet to write, or has written wrong, takes nothing else along.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import TracebackType

from steps.s02_resp.values import CommandError
from steps.unwritten import Unwritten, origin


class Deferred:
    """A module that defines commands: `Deferred("steps.s06_types.challenges.bitmaps")`."""

    def __init__(self, module: str) -> None:
        self.module = module
        self._error: Exception | None = None
        self._trace: TracebackType | None = None

    @property
    def file(self) -> str:
        """The module's file, as a path from the root of the project."""
        return self.module.replace(".", "/") + ".py"

    def load(self) -> None:
        """Imports the module. If that fails it fails in the same way from then on.

        (A second attempt would find the classes registered that the first one came to.)
        """
        if self._error:  # its traceback must not grow each time it is raised
            raise self._error.with_traceback(self._trace)
        try:
            import_module(self.module)
        except Unwritten as stub:
            self._error, self._trace = stub, stub.__traceback__
            raise
        except Exception as error:
            sys.excepthook(*sys.exc_info())
            self._error = self.broken(error)
            raise self._error from error

    def broken(self, error: Exception) -> CommandError:
        """The error for a module that cannot be imported. The traceback is on stderr by then."""
        said, where = str(error), origin(error)
        if isinstance(error, SyntaxError):
            said, where = error.msg, f"{self.file}:{error.lineno}"
        return CommandError(f"ERR {self.file} fails: {type(error).__name__}: {said} ({where})")

    def lacks(self, name: bytes) -> CommandError:
        """The error for a command that the module should define, and does not."""
        return CommandError(f"ERR {name.decode()} is not written yet ({self.file})")
