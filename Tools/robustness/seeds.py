"""What is mutated: the repository's own small models, profiles and arrays, and what bitexact makes of some of them."""

import io
import os
import pathlib
import struct
import zipfile

import tflite
from judge import run_quietly
from mutations import arrays, documents

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROFILES = ROOT / "hwprofiles"


class Seeds:
    """Models by their operators, profiles by name, arrays, journals and plans."""

    def __init__(self, kinds=None, operators=None):
        # What cases are made of; all where that is not said.
        self.kinds, self.operators = kinds, operators
        self.models, self.data = {}, {}
        self.profiles = {
            path.stem: documents.parse(path.read_text())
            for path in sorted(PROFILES.glob("*.json"))
            if path.stem != "schema"
        }
        self.arrays = [path.read_bytes() for path in sorted((ROOT / "Tests/Fixtures/arrays").iterdir())]
        self.journals = []
        # Models with a profile and what was chosen for them.
        self.plans = []
        for path in sorted((ROOT / "Tests/Fixtures/litert").glob("*.tflite")):
            self.add(path.read_bytes())
        for path in sorted((ROOT / "Tests/Fixtures/random").glob("*.npz")):
            self.add_suite(path.read_bytes())
        for path in sorted((ROOT / "Sources/DemoModel/Resources").glob("*.tflite")):
            self.add(path.read_bytes(), "DEMO")

    def add(self, data, group=None):
        """Files a model under its operator, or under the number of its operators."""
        try:
            tree = tflite.read(data)
        except (struct.error, IndexError, KeyError) as error:
            raise ValueError(f"a seed is no model: {error}") from error
        nodes, codes = tree.get("subgraphs")[0].get("operators") or [], tree.get("operatorCodes")
        if group is None and len(nodes) > 1:
            group = "NETWORK"
        elif group is None:
            code = codes[0]
            group = tflite.OPERATORS[max(code.get("builtinCode", 0), code.get("deprecatedBuiltinCode", 0))]
        self.models.setdefault(group, []).append(tree)
        self.data[id(tree)] = data

    def add_suite(self, data):
        """The models of one file of random cases."""

        def integers(name):
            body = archive.read(name + ".npy")
            begin = 10 + struct.unpack_from("<H", body, 8)[0]
            return body[begin:], body[:begin]

        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            models, _ = integers("models")
            sizes, header = integers("model_sizes")
        width = 8 if b"i8'" in header or b"u8'" in header else 4
        place = 0
        for index in range(0, len(sizes), width):
            size = int.from_bytes(sizes[index : index + width], "little")
            self.add(models[place : place + size])
            place += size

    def add_made(self, tool, rng):
        """Models that carry a profile and their origin, and journals, as the tool makes them; in the current folder."""
        groups = sorted(self.models)
        made = 0
        for _ in range(60):
            tree = rng.choice(self.models[rng.choice(groups)])
            with open("a.tflite", "wb") as file:
                file.write(self.data[id(tree)])
            profile = rng.choice(sorted(self.profiles))
            code = run_quietly(
                tool,
                ["requantize", "a.tflite", "--profile", profile, "-o", "b.tflite", "--effort", "fast", "--plan", "p"],
            )
            if code == 0:
                with open("b.tflite", "rb") as file:
                    self.add(file.read(), "MADE")
                with open("p") as file:
                    plan = file.read()
                if '"activations"' in plan:
                    self.plans.append((tree, profile, plan))
                made += 1
            if made == 12:
                break
        for number in range(2):
            # A small model each, so that what its journal is of can be run again.
            tree = self.models[["CONV_2D", "FULLY_CONNECTED"][number]][number]
            with open("a.tflite", "wb") as file:
                file.write(self.data[id(tree)])
            inputs = data_for(tree)
            with open("x.npy", "wb") as file:
                file.write(inputs)
            run_quietly(
                tool,
                [
                    "explore", "a.tflite", "--inputs", "x.npy", "--vary", "accumulator.bits=12..20", "--journal",
                    "j", "--count", "1",
                ],
            )
            if os.path.exists("j"):
                with open("j", "rb") as file:
                    self.journals.append((tree, file.read()))
                os.unlink("j")


def input_specs(tree):
    """Name, element type and shape of each input of a graph, where they are in range."""
    graph = (tree.get("subgraphs") or [tflite.Table("SubGraph")])[0]
    tensors = graph.get("tensors") or []
    specs = []
    for index in graph.get("inputs") or []:
        if not 0 <= index < len(tensors):
            return []
        code = tensors[index].get("type", 0)
        element = tflite.ELEMENT_TYPES[code] if 0 <= code < len(tflite.ELEMENT_TYPES) else "int8"
        specs.append((tensors[index].get("name", b""), element or "int8", list(tensors[index].get("shape") or [])))
    return specs


def array_shape(shape, samples=2):
    """The shape of an array of samples: a batch of one gives its place to them."""
    return [samples] + (shape[1:] if shape[:1] == [1] else shape)


def data_for(tree, as_float=False, samples=2, limit=1 << 20):
    """A file of samples for a graph: .npy for one input, .npz for others; None where that is impossible or too much."""
    specs = input_specs(tree)
    shapes = [array_shape(shape, samples) for _, _, shape in specs]
    if not specs or any(extent < 1 for shape in shapes for extent in shape) or sum(map(arrays.count, shapes)) > limit:
        return None
    files = [
        arrays.plain("float32" if as_float else element, shape, index)
        for index, ((_, element, _), shape) in enumerate(zip(specs, shapes))
    ]
    if len(files) == 1:
        return files[0]
    return arrays.archive([(f"arr_{index}", file) for index, file in enumerate(files)])


def is_heavy(tree):
    """Whether a graph may take long for a reason that it shows: its activations and constants are many."""

    def size(tensor):
        product = 1
        for extent in tensor.get("shape") or []:
            product *= max(1, extent)
        return product

    buffers = tree.get("buffers") or []
    graph = (tree.get("subgraphs") or [tflite.Table("SubGraph")])[0]
    sizes = [size(tensor) for tensor in graph.get("tensors") or []]
    constants = sum(len(buffer.get("data") or b"") for buffer in buffers)
    nodes = len(graph.get("operators") or [])
    return sum(sizes) > 1 << 18 or sum(sizes) * max(1, constants) > 1 << 28 or nodes > 200
