"""JUnit XML, which every CI system reads."""

import os
from xml.etree import ElementTree

__all__ = ["write_junit"]


def write_junit(path, suites, seed):
    """Write one suite per core, one case per check.

    Parameters
    ----------
    path : Path
    suites : list of (name, list of attnforge.sim.bench.standard.Check)
    seed : int
    """
    root = ElementTree.Element("testsuites")
    for name, checks in suites:
        failed = sum(not check.passed for check in checks)
        seconds = sum(check.seconds for check in checks)
        suite = ElementTree.SubElement(root, "testsuite", name=name, tests=str(len(checks)), failures=str(failed),
                                       time=f"{seconds:.3f}")
        properties = ElementTree.SubElement(suite, "properties")
        ElementTree.SubElement(properties, "property", name="seed", value=str(seed))
        for check in checks:
            case = ElementTree.SubElement(suite, "testcase", classname=name, name=check.name)
            case.set("time", f"{check.seconds:.3f}")
            if not check.passed:
                failure = ElementTree.SubElement(case, "failure", message=check.failures[0])
                failure.text = "\n".join(check.failures)
    ElementTree.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    ElementTree.ElementTree(root).write(partial, encoding="utf-8", xml_declaration=True)
    os.replace(partial, path)
