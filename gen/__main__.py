"""``python -m gen``."""

import sys


def main():
    """Run the command line, or say what it takes to run it."""
    if sys.argv[1:] == ["doctor"]:  # has to work where nothing is installed
        from .doctor import print_report

        sys.exit(0 if print_report() else 1)
    try:
        from attnforge.gen.cli import main as run
    except ModuleNotFoundError as error:
        from .extras import missing

        sys.exit(f"error: {missing(error.name)}")
    run()


main()
