"""A session of step 8. Its parser takes whole requests in one go; all else is as before."""

from __future__ import annotations

from steps.s07_persistence.session import Session as PersistentSession
from steps.s08_testing.fast_parser import FastParser
from steps.s08_testing.state import State


class Session(PersistentSession):
    """Step 7's session over the fast parser."""

    state: State

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.parser = FastParser()
