"""How quick the lists of calls are with a thousand calls and with a million: `python -m tests.bench`, or `make bench`."""
