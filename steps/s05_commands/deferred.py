"""Commands whose module is imported when one of them is first asked for.

A server starts sooner without the modules that most servers never use. And a module that a learner
has yet to write, or has written wrong, takes nothing else along.
"""

from __future__ import annotations

from importlib import import_module

from steps.s02_resp.values import CommandError


class Deferred:
    """A module that defines commands: `Deferred("steps.s06_types.challenges.bitmaps")`."""

    def __init__(self, module: str) -> None:
        self.module = module
        self._error: Exception | None = None

    def load(self) -> None:
        """Imports the module. If that fails it fails in the same way from then on.

        (A second attempt would find the classes registered that the first one came to.)
        """
        if self._error:
            raise self._error
        try:
            import_module(self.module)
        except Exception as error:
            self._error = error
            raise

    def lacks(self, name: bytes) -> CommandError:
        """The error for a command that the module should define, and does not."""
        path = self.module.replace(".", "/")
        return CommandError(f"ERR {name.decode()} is not written yet ({path}.py)")
