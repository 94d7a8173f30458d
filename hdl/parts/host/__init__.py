"""The host interface of every core: registers, jobs, counters."""
