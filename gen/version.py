"""The generator's version; it stands in every file that the generator writes."""

VERSION = "0.1.0"
