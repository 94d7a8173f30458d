"""The demonstrations' steps, as a terminal shows them."""

import contextlib
import time


class Steps:
    """Numbered steps with their times, a spinner on a terminal while one runs."""

    def __init__(self, console):
        self.console = console
        self.count = 0

    @contextlib.contextmanager
    def __call__(self, text):
        """Name what the block does; yields a function that changes the text while it runs."""
        self.count += 1
        began = time.monotonic()
        title = f"{self.count}. {text}"
        if not self.console.is_terminal:
            self.console.print(f"{title} ...", highlight=False)
        with self.console.status(title) as status:
            yield lambda detail: status.update(f"{title}: {detail}")
        self.console.print(f"{title}: {time.monotonic() - began:.1f} s", highlight=False)
