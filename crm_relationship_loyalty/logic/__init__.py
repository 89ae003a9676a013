"""Business decisions in plain Python: no ORM, no cursor, no clock, no randomness."""
