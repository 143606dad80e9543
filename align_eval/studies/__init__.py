"""Packaged studies, as TOML."""
