"""How the complete server keeps large values: with positions, and freed a little at a time."""
