"""Measures the daemon next to a floor, in the same run. See docs/explanation/performance.md."""
