"""What Wakeful and its peers do in the same situations: ``python -m benchmarks.comparison``."""
