"""Cores on FPGAs: boards, bitstreams with the open tools, measured reports, and the host driver."""
