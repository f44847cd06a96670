"""Runs the nodes of an Afar cluster on the workers of a Dask cluster."""

__version__ = "0.1.0"

#: The oldest `distributed` whose behaviour this package rests on.
MIN_DISTRIBUTED = (2026, 1)
