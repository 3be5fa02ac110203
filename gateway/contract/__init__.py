"""What crosses the border between a kiosk and the gateway: pure values and rules, standard library only.

Both sides import these modules; `docs/contract.md` tells the same to somebody who writes a foreign client.
"""
