"""The proof that nothing is lost: real processes, killed and cut off at random, then counted. `make chaos`."""
