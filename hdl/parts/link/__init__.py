"""The link between a host and a core on a board: frames over a UART."""
