"""Arithmetic: products, quotients, scales, sums, codes of number formats."""
