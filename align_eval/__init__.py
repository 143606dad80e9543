"""What a landmark model costs, or gains, in face verification."""
