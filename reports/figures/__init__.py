"""Displays: each is a small dataclass with its numbers and ``plot(ax)``; figures join them."""
