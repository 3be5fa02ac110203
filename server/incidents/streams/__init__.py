"""Lists of tickets as merged streams, with tallies that say which streams there are. For `server.incidents.queries`."""
