"""The bench of every design: scripts of jobs, stalls, the harness, and checks of every byte and cycle."""
