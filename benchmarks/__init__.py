"""Speed and memory of each step against this machine's own limits: `python -m benchmarks` or `make bench`."""
