"""The border between the stations and the server: the contract, the wire, the broker, the mailbox."""
