"""What the sessions of step 8 share: what those of step 7 do. Testing adds nothing to a server."""

from __future__ import annotations

from steps.s07_persistence.state import State as PersistentState


class State(PersistentState):
    """Step 7's state, under the name that step 9 extends."""
