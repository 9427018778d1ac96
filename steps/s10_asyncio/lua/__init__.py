"""Lua for scripts: the interpreter, what scripts see of it, and the libraries that Redis adds."""
