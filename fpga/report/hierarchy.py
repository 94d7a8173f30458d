"""Which modules of a core are its blocks, from what instances what."""

from functools import cache


class Hierarchy:
    """The modules of a core.

    Parameters
    ----------
    modules : dict of str to (dict of str to int)
        Instances in each module by type, as yosys counts them.
    top : str
    """

    def __init__(self, modules, top):
        self.top = top
        self._modules = modules
        self._size = cache(self._count)

    def children(self, module):
        """Modules that a module instances, with how often."""
        return {kind: count for kind, count in self._modules[module].items() if kind in self._modules}

    def _count(self, module):
        return sum(count * (1 + self._size(kind)) for kind, count in self.children(module).items())

    def opened(self):
        """Modules that are too large for one line of a table: the top, and what holds most of the core.

        A module is opened when it stands once in an opened one, more than half of all instances lie in it, and it has
        more than one kind of them: a grid of equal elements stays one block.
        """
        opened, waiting = [], [self.top]
        while waiting:
            module = waiting.pop()
            opened.append(module)
            for kind, count in self.children(module).items():
                if count == 1 and 2 * self._size(kind) > self._size(self.top) and len(self.children(kind)) > 1:
                    waiting.append(kind)
        return opened

    def blocks(self):
        """Modules that the opened ones instance, in all: name to number of instances; opened ones are left out."""
        opened = self.opened()
        counts = {}
        for module in opened:
            for kind, count in self.children(module).items():
                if kind not in opened:
                    counts[kind] = counts.get(kind, 0) + count
        return counts
