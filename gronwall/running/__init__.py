"""A run: files of claims collected, measured where they are stale, kept, cached."""
