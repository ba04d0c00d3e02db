"""Question sets, fitting and measuring."""
