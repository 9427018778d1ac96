"""The workbook's command line: `python checker.py` prints the map, `python checker.py 4` checks 4.

This file stays readable for every Python: one that is too old gets a sentence from `workbook`.
"""

import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
if ROOT not in sys.path:  # with PYTHONSAFEPATH set, Python leaves it out
    sys.path.insert(0, ROOT)

try:
    from workbook import machine
    from workbook.checker import main
except Exception:  # a broken copy of the workbook says nothing about anyone's code
    import traceback

    traceback.print_exc()
    sys.stderr.write("The checker itself is broken: is this copy of the workbook whole?\n")
    sys.exit(3)

if __name__ == "__main__":
    machine.settle()
    sys.exit(main(sys.argv[1:]))
