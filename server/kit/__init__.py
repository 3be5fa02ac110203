"""What every feature stands on, without a word of the domain: store, unit of work, pages, errors, live updates."""
