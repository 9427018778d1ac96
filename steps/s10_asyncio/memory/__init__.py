"""How the complete server keeps large values: entered anywhere, freed a little at a time."""
