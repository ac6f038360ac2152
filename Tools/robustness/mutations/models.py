"""Mutations of a model's tree by what its parts mean.

Each takes a generator of random numbers, the tree, and trees of other models to take parts from; it changes the tree
and says how, or returns None where the model has nothing of the kind. Mutations of whole operators and graphs are in
graphs.py.
"""

from mutations import documents, values
from tflite import ELEMENT_TYPES, ELEMENT_WIDTHS, OPERATORS, Table


def graph_of(model):
    """The first subgraph, or an empty one."""
    return (model.get("subgraphs") or [Table("SubGraph")])[0]


def tensors_of(model):
    return graph_of(model).get("tensors") or []


def operators_of(model):
    return graph_of(model).get("operators") or []


def pick(rng, items):
    return rng.choice(items) if items else None


def data_of(model, tensor):
    """The table of a constant's bytes, or None."""
    buffers, index = model.get("buffers") or [], tensor.get("buffer", 0)
    return buffers[index] if 0 < index < len(buffers) and buffers[index].get("data") else None


def constants(model):
    return [tensor for tensor in tensors_of(model) if data_of(model, tensor) is not None]


def operator_code(rng, model, others):
    """Both fields of an operator's code, of any number or of another operator."""
    code = pick(rng, model.get("operatorCodes"))
    if code is None:
        return None
    number = (
        rng.choice([-1, -1, -2, -128, 127, 128, 200, 255, 2**31 - 1, -(2**31), 32])
        if rng.random() < 0.5
        else rng.randrange(len(OPERATORS) + 2)
    )
    code.fields["deprecatedBuiltinCode"] = number if rng.random() < 0.6 or number < 0 else min(number, 127)
    if rng.random() < 0.7:
        code.fields["builtinCode"] = number
    else:
        code.fields.pop("builtinCode", None)
    return f"an operator's code is {number}"


def quantization(rng, model, others):
    """Scales, zero points and the axis, of one tensor, or of all."""
    tensors = [tensor for tensor in tensors_of(model) if tensor.get("quantization") is not None]
    if not tensors:
        return None
    chosen = tensors if rng.random() < 0.15 else [rng.choice(tensors)]
    choice = rng.randrange(8)
    scale, zero, axis = (
        rng.choice(values.SCALES),
        values.integer(rng),
        rng.choice([-1, -2, -3, 1, 2, 3, 4, 5, 8, 2**31 - 1, -(2**31)]),
    )
    for tensor in chosen:
        fields = tensor.fields["quantization"].fields
        scales, zeros = list(fields.get("scale") or []), list(fields.get("zeroPoint") or [])
        if choice <= 2:
            if rng.random() < 0.3 and scales:
                scales[rng.randrange(len(scales))] = scale
            else:
                scales = [scale] * max(1, len(scales))
        elif choice == 3:
            zeros = [zero] * max(1, len(zeros))
        elif choice <= 5:
            fields["quantizedDimension"] = axis
        elif choice == 6:
            # As many scales as an axis has slices, or one more or fewer.
            shape = tensor.get("shape") or [1]
            amount = min(1000, max(0, rng.choice(shape) + rng.choice([0, 0, 0, -1, 1])))
            scales = [0.01 * (1 + index % 7) for index in range(amount)]
            zeros = [0] * rng.choice([amount, amount, 1, 0])
            if rng.random() < 0.7:
                fields["quantizedDimension"] = rng.randrange(max(1, len(shape)))
        else:
            scales, zeros = rng.choice(
                [(scales, []), ([], zeros), ([], []), (scales[:1], zeros[:1]), (scales * 2, zeros * 2)]
            )
        fields["scale"], fields["zeroPoint"] = scales, zeros
    words = ["scale", "scale", "scale", "zero point", "axis", "axis", "number of scales", "number of parameters"]
    return f"{words[choice]} of {len(chosen)} tensors: {scale}, {zero}, {axis}"


def shape(rng, model, others):
    """Extents of one tensor; or the same extent of all activations, so that the graph still fits together."""
    tensors = [tensor for tensor in tensors_of(model) if tensor.get("shape")]
    if not tensors:
        return None
    if rng.random() < 0.3:
        old = rng.choice(rng.choice(tensors).get("shape"))
        # Large graphs take long to run, so they are rare; above the limits they are refused at once.
        new = (
            rng.choice([0, 1, 2, 3, 5, 17, 64])
            if rng.random() < 0.9
            else rng.choice([256, 1024, 4096, 2**20, 2**26, 2**31 - 1])
        )
        for tensor in tensors:
            if data_of(model, tensor) is None:
                tensor.fields["shape"] = [new if extent == old else extent for extent in tensor.get("shape")]
        return f"extents {old} are {new}"
    tensor = rng.choice(tensors)
    extents = list(tensor.get("shape"))
    place = rng.randrange(len(extents))
    choice = rng.randrange(7)
    if choice <= 1:
        extents[place] = values.integer(rng, extents[place])
    elif choice == 2:
        extents.insert(place, rng.choice([1, 1, 2, 0, -1]))
    elif choice == 3:
        del extents[place]
    elif choice == 4:
        rng.shuffle(extents)
    elif choice == 5:
        tensor.fields["shapeSignature"] = [rng.choice([-1, extent, 0, -2]) for extent in extents]
        return f"the signature {tensor.fields['shapeSignature']}"
    else:
        extents = rng.choice([[], [1] * 9, [65536] * 4, [2**16, 2**16], [2**31 - 1] * 3, [1], [0]])
    tensor.fields["shape"] = extents
    return f"the shape {extents}"


def element_type(rng, model, others):
    """The type of one tensor, or of all that have the same one, with bytes that fit or not."""
    tensor = pick(rng, tensors_of(model))
    if tensor is None:
        return None
    old, new = tensor.get("type", 0), rng.choice([0, 2, 3, 7, 9, 9, 17, 4, 6, 1, 5, rng.randrange(-1, 22)])
    for other in tensors_of(model) if rng.random() < 0.3 else [tensor]:
        if other.get("type", 0) == old:
            other.fields["type"] = new
            buffer = data_of(model, other)
            if buffer is not None and rng.random() < 0.5:
                widths = [
                    ELEMENT_WIDTHS.get(ELEMENT_TYPES[code], 1) if 0 <= code < len(ELEMENT_TYPES) else 1
                    for code in (old, new)
                ]
                data = buffer.fields["data"]
                buffer.fields["data"] = (data * 8)[: len(data) // widths[0] * widths[1]]
    return f"type {new} instead of {old}"


def constant(rng, model, others):
    """A constant's elements, or how many of them there are."""
    tensor = pick(rng, constants(model))
    if tensor is None:
        return None
    code = tensor.get("type", 0)
    kind = ELEMENT_TYPES[code] if 0 <= code < len(ELEMENT_TYPES) else None
    buffer = data_of(model, tensor)
    data = buffer.fields["data"]
    choice = rng.randrange(8)
    if choice <= 4:
        width = ELEMENT_WIDTHS.get(kind, 1)
        buffer.fields["data"] = values.elements(rng, data, width if width >= 4 else 1, kind in ("float32", "float64"))
    elif choice == 5:
        buffer.fields["data"] = rng.choice(
            [data[:-1], data + b"\0", data[: len(data) // 2], data * 2, b"", bytes(100_000)]
        )
    elif choice == 6:
        tensor.fields["buffer"] = rng.choice(
            [0, 1, rng.randrange(len(model.get("buffers"))), len(model.get("buffers")), 2**32 - 1]
        )
    else:
        buffer.fields["data"] = rng.randbytes(len(data))
    return f"{kind} constant, kind {choice}: {buffer.get('data', b'')[:16].hex()}"


def provenance(rng, model, others):
    """The text in the metadata that bitexact writes; profiles and JSON in it are changed as such."""
    buffers = model.get("buffers") or []
    entries = [entry for entry in model.get("metadata") or [] if entry.get("buffer", 0) < len(buffers)]
    if not entries:
        return None
    entry = rng.choice(entries)
    buffer = buffers[entry.get("buffer", 0)]
    data = buffer.get("data") or b""
    try:
        # An earlier mutation may have damaged it.
        tree = documents.parse(data.decode()) if data[:1] == b"{" and rng.random() < 0.7 else None
    except (ValueError, RecursionError):
        tree = None
    if tree is None:
        buffer.fields["data"], how = documents.damage_text(rng, data)
    else:
        how = documents.change(rng, tree, [tree])
        # Half a pair of surrogates cannot be told in UTF-8, and is an escape in JSON.
        buffer.fields["data"] = documents.text(tree).encode("utf-8", "surrogatepass")
    return f"metadata {entry.get('name')!r:.40}: {how}"
