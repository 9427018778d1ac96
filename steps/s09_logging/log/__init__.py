"""The log: its levels, its lines, and where they go."""
