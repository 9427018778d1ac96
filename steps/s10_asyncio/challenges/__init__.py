"""The challenges of step 10: whole modules to write, from a specification.

Importing this package tells the registry their commands; a module is imported when one of its
commands is first asked for.
"""
