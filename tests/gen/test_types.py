"""``python -m gen types``: tables, archives and pictures from files of tensors; bad input in one line."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from attnforge.gen.choose import choose
from attnforge.hdl.numeric import KINDS, enabled_formats, select
from attnforge.sim.data import DINOV2_GEMM


@pytest.fixture
def weights():
    """An archive with a matrix per type, a vector, and one without negative values."""
    rng = np.random.default_rng(3)
    normal = rng.normal(size=(2000, 5))
    arrays = {"even": rng.uniform(-1, 1, (2000, 5)), "bell": normal, "spread": normal**5, "positive": normal**2,
              "vector": rng.normal(size=12), "whole": np.arange(-6, 6).reshape(4, 3)}
    np.savez("weights.npz", **arrays)
    return arrays


def read_back(path, name):
    """A tensor of an archive of codes, and the names of the types of its channels."""
    with np.load(path, allow_pickle=False) as archive:
        codes, tags, scales, types = (archive[f"{name}/{part}"] for part in ("codes", "tags", "scales", "types"))
        axis = int(archive[f"{name}/axis"]) if f"{name}/axis" in archive else None
    shape = np.ones(codes.ndim, int)
    if axis is not None:
        shape[axis] = -1
    forms = [KINDS[text[:-2]](int(text[-2]), text[-1] == "s") for text in types.tolist()]
    values = np.choose(tags.reshape(shape), [form.value(codes) for form in forms]) * scales.reshape(shape)
    return values, [str(types[tag]) for tag in tags.flat]


def test_table_archive_and_picture(run, weights):
    status, out, errors = run("types", "weights.npz", "--out", "codes.npz", "--plot", "types.png")
    assert (status, errors) == (0, "")
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    for name, kind in {"even": "int4s", "spread": "pot4s", "positive": "flint4u", "vector": "4s"}.items():
        assert kind in lines[name]
    assert "mean of 6" in out and "wrote codes.npz" in out and "wrote types.png" in out
    for name, tensor in weights.items():
        values, types = read_back("codes.npz", name)
        forms = enabled_formats(list(KINDS), 4, bool((tensor < 0).any()))
        wanted = select(tensor, forms, axis=-1 if tensor.ndim > 1 else None)
        assert np.array_equal(values, wanted.values)
        assert {*types} == {forms[tag].name for tag in wanted.tags.flat} and len({*types}) == 1
        assert f"{wanted.sqnr:.2f}" in lines[name]
    assert Path("types.png").read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in Path().iterdir()} == {"weights.npz", "codes.npz", "types.png"}


def test_a_type_per_channel(run, weights):
    np.savez("weights.npz", mixed=np.concatenate([weights["even"], weights["bell"], weights["spread"]], axis=1))
    status, out, _ = run("types", "weights.npz", "--per-channel", "--out", "codes.npz")
    assert status == 0 and " int, " in out and " flint, " in out and " pot" in out
    _, types = read_back("codes.npz", "mixed")
    assert types[:5] == ["int4s"] * 5 and types[10:] == ["pot4s"] * 5 and "flint4s" in types[5:10]


@pytest.mark.parametrize("axis, scales", [("last", (5,)), ("0", (2000,)), ("-1", (5,)), ("none", ())])
def test_axis_of_the_scales(run, weights, axis, scales):
    run("types", "weights.npz", "--axis", axis, "--only", "ev*", "--out", "codes.npz")
    with np.load("codes.npz") as archive:
        assert archive["even/scales"].shape == scales and {name.split("/")[0] for name in archive.files} == {"even"}


def test_widths_types_and_clipping(run, weights):
    run("types", "weights.npz", "--bits", "8", "--only", "bell", "--out", "codes.npz")
    assert read_back("codes.npz", "bell")[1] == ["int8s"] * 5
    run("types", "weights.npz", "--types", "pot", "--bits", "5", "--only", "bell", "--out", "codes.npz")
    assert read_back("codes.npz", "bell")[1] == ["pot5s"] * 5
    run("types", "weights.npz", "--types", "int", "--clip", "100-100", "--only", "bell", "--out", "codes.npz")
    with np.load("codes.npz") as archive:
        assert np.allclose(archive["bell/scales"] * 7, np.abs(weights["bell"]).max(axis=0))


@pytest.mark.parametrize("suffix, start", [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_pictures_of_other_kinds(run, weights, suffix, start):
    assert run("types", "weights.npz", "--only", "bell", "--plot", f"types.{suffix}")[0] == 0
    assert Path(f"types.{suffix}").read_bytes().startswith(start)


def test_real_tensors(run):
    status, out, _ = run("types", str(DINOV2_GEMM), "--only", "w_*")
    assert status == 0 and "384 x 384" in out and "1536 x 192" in out


BAD = {
    "no file": (["absent.npz"], "absent.npz: there is no such file"),
    "suffix": (["text.txt"], "text.txt: give an archive .npz or a network .onnx"),
    "no archive": (["text.npz"], "text.npz: not an archive of arrays"),
    "objects": (["objects.npz"], "objects.npz: an archive that can't be read"),
    "empty archive": (["empty.npz"], "empty.npz: there are no tensors in it"),
    "not finite": (["infinite.npz"], "infinite.npz: bad: a tensor holds finite values, not inf"),
    "words": (["words.npz"], "words.npz: names: a tensor holds real numbers, not <U1"),
    "no values": (["nothing.npz"], r"nothing.npz: none: a tensor of shape \(0, 3\) holds nothing"),
    "bits": (["weights.npz", "--bits", "9"], "--bits 9: types have 3 to 8 bits, not 9"),
    "no bits": (["weights.npz", "--bits", "four"], "--bits four: give a whole number from 3 to 8"),
    "type": (["weights.npz", "--types", "int,posit"], "types are int, flint, pot, float, not 'posit'"),
    "no type of the width": (["weights.npz", "--types", "pot", "--bits", "6"], "none of the types pot has 6 bits"),
    "axis": (["weights.npz", "--axis", "2"], r"--axis 2: even has the shape \(2000, 5\)"),
    "no axis": (["weights.npz", "--axis", "rows"], "--axis rows: give last, none or a number"),
    "pattern": (["weights.npz", "--only", "q*"], r"--only q\*: no tensor of weights.npz has such a name"),
    "clip": (["weights.npz", "--clip", "149-75"], "--clip 149-75: give two percentages, such as 75-149"),
    "out": (["weights.npz", "--out", "codes.bin"], "--out codes.bin: name a file that ends in .npz"),
    "no folder": (["weights.npz", "--out", "absent/codes.npz"], "--out absent/codes.npz: can't write there"),
    "folder": (["weights.npz", "--out", "folder.npz"], "--out folder.npz: is a folder; name a file"),
    "picture": (["weights.npz", "--plot", "types.bmp"], "--plot types.bmp: name a file that ends in .png, .svg, .pdf"),
    "no folder for one of two": (["weights.npz", "--out", "c.npz", "--plot", "absent/p.png"], "absent/p.png: can't"),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_nothing_is_written(run, weights, arguments, message):
    for suffix in ("txt", "npz", "onnx"):
        Path(f"text.{suffix}").write_text("words")
    Path("folder.npz").mkdir()
    np.savez("objects.npz", bad=np.array([{}], dtype=object))
    np.savez("empty.npz")
    np.savez("infinite.npz", good=np.ones(3), bad=[1, np.inf])
    np.savez("words.npz", names=np.array(["a", "b"]))
    np.savez("nothing.npz", none=np.zeros((0, 3)))
    before = sorted(Path().rglob("*"))
    status, out, errors = run("types", *arguments)
    assert (status, out) == (2, "")
    assert errors.startswith("error: ") and errors.count("\n") == 1
    assert re.search(message, errors), errors
    assert sorted(Path().rglob("*")) == before


def test_a_broken_network_is_refused_in_one_line(run):
    pytest.importorskip("onnx")
    Path("text.onnx").write_text("words")
    status, out, errors = run("types", "text.onnx")
    assert (status, out) == (2, "")
    assert errors.startswith("error: text.onnx: not an ONNX network") and errors.count("\n") == 1


def test_without_onnx_a_network_is_refused_in_one_line(run, monkeypatch):
    Path("network.onnx").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "onnx", None)
    status, _, errors = run("types", "network.onnx")
    assert status == 1
    assert errors.startswith("error: network.onnx: onnx is missing, of the extra data: run pip install --constraint")


def test_weights_of_a_network_with_their_output_channels(run):
    """Constants at either side of a product, turned ones, and kernels: 7 output channels each."""
    onnx = pytest.importorskip("onnx")
    rng = np.random.default_rng(1)
    shapes = {"right": (3, 7), "left": (7, 3), "gemm": (3, 7), "turned": (7, 3), "kernel": (7, 2, 3, 3),
              "transposed": (2, 7, 3, 3), "bias": (7,)}
    arrays = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    make = onnx.helper.make_node
    constant = onnx.numpy_helper.from_array(arrays["left"])
    nodes = [
        make("MatMul", ["x", "right"], ["a"], name="/layer/right/MatMul"),
        make("Constant", [], ["left"], value=constant),
        make("MatMul", ["left", "x"], ["b"], name="/layer/left"),
        make("Gemm", ["x", "gemm", "bias"], ["c"], name="gemm"),
        make("Gemm", ["x", "turned", "bias"], ["d"], name="turned", transB=1),
        make("Conv", ["y", "kernel"], ["e"], name="kernel"),
        make("ConvTranspose", ["y", "transposed"], ["f"], name="transposed"),
        make("MatMul", ["z", "right"], ["g"], name="again"),
        make("MatMul", ["x", "a"], ["h"], name="no constant"),
    ]
    initialisers = [onnx.numpy_helper.from_array(arrays[name], name) for name in arrays if name != "left"]
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph(nodes, "test", [], [], initialisers)), "network.onnx")
    choices = {choice.tensor.name: choice for choice in choose("network.onnx")}
    assert [*choices] == ["layer/right/MatMul", "layer/left", "gemm", "turned", "kernel", "transposed"]
    for name, array in zip(choices, (name for name in arrays if name != "bias"), strict=True):
        assert np.array_equal(choices[name].tensor.values, arrays[array])
        assert choices[name].selection.scales.shape == (7,), name
    assert run("types", "network.onnx")[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("percents, per_channel, int4, flint4, pot4, chosen", [
    (None, False, 17.54, 17.83, 14.68, 18.14),
    (None, True, 17.54, 17.83, 14.68, 18.59),
    (range(50, 150), False, 17.86, 17.83, 14.68, 18.22),
    (range(50, 150), True, 17.86, 17.83, 14.68, 18.66),
])
def test_gain_over_int4_on_the_weights_of_dinov2(percents, per_channel, int4, flint4, pot4, chosen):
    """The figures of hdl/numeric/README.md: 72 matrices, a scale per output channel, mean SQNR in dB."""
    pytest.importorskip("onnx")
    from attnforge.sim.data.make_dinov2 import find_network

    try:
        network = find_network()
    except SystemExit:
        pytest.skip("the network is not installed")
    choices = choose(network, only="backbone/encoder/*", percents=percents, per_channel=per_channel)
    assert len(choices) == 72
    means = np.mean([[*choice.selection.sqnrs, choice.selection.sqnr] for choice in choices], axis=0)
    assert np.allclose(means[[0, 1, 2, 4]], [int4, flint4, pot4, chosen], atol=0.006)
    assert means[4] - means[0] >= (0.7 if per_channel else 0.3)
