"""What took long, and how long commands take: for LATENCY."""
