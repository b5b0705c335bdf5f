"""The benchmarks, one module each; `dev/bench.py` runs them."""
