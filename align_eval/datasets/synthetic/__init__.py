"""Rendered visible and thermal faces with exact landmarks."""
