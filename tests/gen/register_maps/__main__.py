"""``python -m tests.gen.register_maps``: write the literal register maps."""

from tests.gen.register_maps import write

write()
