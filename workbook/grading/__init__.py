"""Grades a class: `python checker.py grade SUBMISSIONS`.

The rule: a submission's process may lie about values; it never gives a verdict. The tests run in a
trusted process, which never imports a line of a submission. The submission runs confined, in other
processes: its servers are reached over TCP, its functions through a proxy behind the fixture `code`
(`proxy.py` here, `far.py` over there).
"""
