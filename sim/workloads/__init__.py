"""Published networks by name, as attention heads and as products of matrices."""
