"""The workbook's command line: `python checker.py` prints the map, `python checker.py 4` checks 4.

This file stays readable for every Python, so that an old one gets a sentence and not a SyntaxError.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    running = ".".join(map(str, sys.version_info[:2]))
    sys.stderr.write("This workbook needs Python 3.11 or newer; this is " + running + ".\n")
    sys.exit(2)

try:
    from workbook.checker import main
except Exception:  # a broken copy of the workbook is no verdict on anybody's code
    import traceback

    traceback.print_exc()
    sys.stderr.write("The checker itself is broken: is this copy of the workbook whole?\n")
    sys.exit(3)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
