"""Castlist: who is in this video, when, and which tracks are the same person."""

__version__ = "0.1.0"
