"""What weights learn from, as TOML files."""
