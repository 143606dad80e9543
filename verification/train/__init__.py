"""Training that needs torch; nothing here is imported unless a study asks for it."""
