"""``python -m gen``."""

from .cli import main

main()
