"""What the Makefile's rules do: ``python -m tools.dev COMMAND``, from the repository's root."""
