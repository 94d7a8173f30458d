"""Streams of beats, and what packs values into them."""
