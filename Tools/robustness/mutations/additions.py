"""Mutations that add to a model: operators, the parts of another model, graphs, signatures, metadata, names."""

from mutations import documents, values
from mutations.models import graph_of, operators_of, tensors_of
from tflite import Table


def appended(rng, model, others):
    """One more operator, with a code of its own, on what the graph gives: of the same shape, or as custom ones are."""
    graph, given = graph_of(model), graph_of(model).get("outputs") or []
    if not given or not 0 <= given[0] < len(tensors_of(model)):
        return None
    code = rng.choice([-1, 32, 32, 200, 19, 14, 28, 114, 6, 25, 22, 21, 98])
    tensor = tensors_of(model)[given[0]].copy()
    tensor.fields["name"] = b"appended"
    fields = {"deprecatedBuiltinCode": min(code, 127), "builtinCode": code}
    if code == 32:
        fields["customCode"] = rng.choice(values.STRINGS)
    model.fields["operatorCodes"] = list(model.get("operatorCodes") or []) + [Table("OperatorCode", fields)]
    graph.fields["tensors"] = tensors_of(model) + [tensor]
    last = len(graph.fields["tensors"]) - 1
    node = Table(
        "Operator", {"opcodeIndex": len(model.fields["operatorCodes"]) - 1, "inputs": [given[0]], "outputs": [last]}
    )
    graph.fields["operators"] = operators_of(model) + [node]
    graph.fields["outputs"] = rng.choice([[last] + given[1:], given, [last, given[0]]])
    return f"an operator of the code {code} at the end"


def joined(rng, model, others):
    """Another model's operators after those of this one; its first input is what this one gives, or stays an input."""
    other = rng.choice(others).copy()
    graph, second = graph_of(model), graph_of(other)
    given, read = graph.get("outputs") or [], second.get("inputs") or []
    if not given or not read or len(tensors_of(other)) > 400:
        return None
    shift, codes, buffers = (
        len(tensors_of(model)),
        len(model.get("operatorCodes") or []),
        len(model.get("buffers") or []),
    )
    model.fields["operatorCodes"] = (model.get("operatorCodes") or []) + (other.get("operatorCodes") or [])
    model.fields["buffers"] = (model.get("buffers") or []) + (other.get("buffers") or [])
    for tensor in tensors_of(other):
        tensor.fields["buffer"] = tensor.get("buffer", 0) + buffers if tensor.get("buffer", 0) else 0
    graph.fields["tensors"] = tensors_of(model) + tensors_of(other)
    moved = {read[0]: given[0]} if rng.random() < 0.6 else {}
    for node in operators_of(other):
        node.fields["opcodeIndex"] = node.get("opcodeIndex", 0) + codes
        for name in ("inputs", "outputs", "intermediates"):
            if name in node.fields:
                node.fields[name] = [
                    moved.get(index, index + shift if index >= 0 else index) for index in node.fields[name]
                ]
    graph.fields["operators"] = operators_of(model) + operators_of(other)
    graph.fields["inputs"] = list(graph.get("inputs") or []) + [index + shift for index in read[len(moved) :]]
    graph.fields["outputs"] = [index + shift for index in second.get("outputs") or []] + (
        given if rng.random() < 0.4 else []
    )
    return f"joined with another model of {len(operators_of(other))} operators"


def second_graph(rng, model, others):
    """Another subgraph, and signatures of it or of none."""
    graphs = list(model.get("subgraphs") or [])
    extra = graph_of(rng.choice(others)).copy() if rng.random() < 0.6 else graph_of(model).copy()
    graphs.insert(rng.choice([0, len(graphs), len(graphs)]), extra)
    model.fields["subgraphs"] = graphs
    signatures = []
    for index in range(rng.choice([0, 1, 2, 3])):
        maps = [
            [
                Table(
                    "TensorMap",
                    {
                        "name": rng.choice([b"x", b"y"] + values.STRINGS),
                        "tensorIndex": rng.choice([0, 1, item, 2**32 - 1]),
                    },
                )
                for item in (extra.get(name) or [])[:20]
            ]
            for name in ("inputs", "outputs")
        ]
        signatures.append(
            Table(
                "SignatureDef",
                {
                    "inputs": maps[0], "outputs": maps[1],
                    "signatureKey": rng.choice([b"serving_default", b"train"] + values.STRINGS),
                    "subgraphIndex": rng.choice([index, 0, 1, 2, 2**32 - 1]),
                },
            )
        )
    model.fields["signatureDefs"] = signatures
    return f"{len(graphs)} subgraphs and {len(signatures)} signatures"


def names(rng, model, others):
    """Names of tensors: odd ones, the same twice, none."""
    text = rng.choice(values.STRINGS)
    tensors = tensors_of(model)
    if not tensors:
        return None
    for tensor in tensors if rng.random() < 0.5 else [rng.choice(tensors)]:
        tensor.fields["name"] = text
    if rng.random() < 0.2:
        graph_of(model).fields["name"] = text
    return f"names are {text[:20]!r}"


def metadata(rng, model, others):
    """An entry of the metadata by the name that bitexact looks for, with any content, or without any."""
    names = [entry.get("name") for other in others for entry in other.get("metadata") or []] or [b"x"]
    content = rng.choice(
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b"\xff",
            b'{"schemaVersion":1}',
            b"[" * 20000,
            documents.text(
                documents.Object([("schemaVersion", 1), ("name", "x"), ("extends", rng.choice(documents.WORDS))])
            ).encode("utf-8", "replace"),
        ]
    )
    model.fields["buffers"] = list(model.get("buffers") or []) + [Table("Buffer", {"data": content})]
    last = len(model.fields["buffers"]) - 1
    entry = Table(
        "Metadata", {"name": rng.choice(names), "buffer": rng.choice([last, last, last, last + 1, 0, 2**32 - 1])}
    )
    model.fields["metadata"] = list(model.get("metadata") or []) + [entry]
    return f"metadata {entry.get('name')!r:.40} of {content[:30]!r}"
