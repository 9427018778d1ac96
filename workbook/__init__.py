"""The machinery behind the workbook: how answers fill the holes, what is where, who is done."""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext workbook`: see `workbook.magics`, which only a notebook has to wait for."""
    from workbook import magics

    magics.load(shell)
