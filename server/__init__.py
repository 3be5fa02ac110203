"""The server: riders' phone pages, the staff's desk, and what happens between a report and its letter."""
