"""A station, a fleet, a city on one desk: real device code and real contracts, simulated people and weather."""
