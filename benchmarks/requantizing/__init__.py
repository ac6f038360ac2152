"""The tables of docs/requantization.md; `requantization.py` makes them."""
