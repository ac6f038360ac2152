"""Mutations of a model's graph: what operators read and write, their order, and graphs beside the first."""

from mutations import values
from mutations.additions import appended, joined, metadata, names, second_graph
from mutations.fields import some_field
from mutations.models import constant, constants, data_of, element_type, graph_of, operator_code, operators_of, pick
from mutations.models import provenance, quantization, shape, tensors_of
from tflite import ELEMENT_TYPES, ELEMENT_WIDTHS, SCHEMA, Table


def option(rng, model, others):
    """A number in an operator's options."""
    node = pick(rng, [node for node in operators_of(model) if node.get("builtinOptions") is not None])
    if node is None:
        return None
    options = node.fields["builtinOptions"]
    field = pick(rng, SCHEMA[options.schema])
    if field is None:
        return None
    if field.kind == "scalar":
        options.fields[field.name] = values.number(rng, field.of, options.get(field.name, 0))
    elif field.kind == "vector":
        options.fields[field.name] = [
            rng.choice([-1, 0, 1, 2, 2**31 - 1, -(2**31)]) for _ in range(rng.choice([0, 1, 4, 9]))
        ]
    return f"{options.schema}.{field.name} is {str(options.get(field.name))[:40]}"


def index_near(rng, model):
    """The index of a tensor; sometimes of none."""
    amount = len(tensors_of(model))
    return (
        rng.choice([-1, -2, amount, 2**31 - 1, -(2**31)])
        if rng.random() < 0.35 or not amount
        else rng.randrange(amount)
    )


def operand(rng, model, others):
    """What an operator reads or writes."""
    node = pick(rng, operators_of(model))
    if node is None:
        return None
    name = rng.choice(["inputs", "inputs", "inputs", "outputs", "outputs", "intermediates"])
    items = list(node.get(name) or [])
    choice = rng.randrange(6)
    if items and choice <= 2:
        items[rng.randrange(len(items))] = index_near(rng, model)
    elif items and choice == 3:
        del items[rng.randrange(len(items))]
    elif choice == 4:
        items.insert(rng.randrange(len(items) + 1), index_near(rng, model))
    else:
        items = rng.choice([items[::-1], items * 2, [], list(node.get("outputs") or [])])
    node.fields[name] = items
    return f"an operator's {name} are {items[:12]}"


def border(rng, model, others):
    """What the graph reads or gives: constants, tensors twice, tensors inside, none."""
    graph = graph_of(model)
    name = rng.choice(["inputs", "outputs", "outputs"])
    items = list(graph.get(name) or [])
    fixed = [index for index, tensor in enumerate(tensors_of(model)) if data_of(model, tensor) is not None]
    choice = rng.randrange(7)
    if choice <= 1 and fixed:
        items = rng.choice([[rng.choice(fixed)], items + [rng.choice(fixed)], [rng.choice(fixed)] + items])
    elif choice == 2 and items:
        items.append(rng.choice(items))
    elif choice == 3 and items:
        del items[rng.randrange(len(items))]
    elif choice == 4:
        items.append(index_near(rng, model))
    elif choice == 5:
        items = [index_near(rng, model)]
    else:
        items = list(graph.get(rng.choice(["inputs", "outputs"])) or [])
    graph.fields[name] = items
    return f"the graph's {name} are {items[:12]}"


def constant_to_input(rng, model, others):
    """A constant becomes an activation, read by nobody, given by the graph's inputs or by nothing."""
    fixed = constants(model)
    if not fixed:
        return None
    tensor = rng.choice(fixed)
    tensor.fields["buffer"] = 0
    place = tensors_of(model).index(tensor)
    if rng.random() < 0.7:
        graph = graph_of(model)
        graph.fields["inputs"] = list(graph.get("inputs") or []) + [place]
    return f"constant {place} is computed or given"


def input_to_constant(rng, model, others):
    """An activation becomes a constant of as many bytes as it needs, or of other ones."""
    tensor = pick(rng, [tensor for tensor in tensors_of(model) if data_of(model, tensor) is None])
    if tensor is None:
        return None
    code = tensor.get("type", 0)
    size = ELEMENT_WIDTHS.get(ELEMENT_TYPES[code], 1) if 0 <= code < len(ELEMENT_TYPES) else 1
    for extent in tensor.get("shape") or []:
        size *= max(0, extent)
    size = rng.choice([size, size, size, size + 1, size // 2]) if size < 1 << 20 else 4
    model.fields["buffers"] = list(model.get("buffers") or []) + [Table("Buffer", {"data": rng.randbytes(size)})]
    tensor.fields["buffer"] = len(model.fields["buffers"]) - 1
    graph, place = graph_of(model), tensors_of(model).index(tensor)
    if rng.random() < 0.7:
        graph.fields["inputs"] = [index for index in graph.get("inputs") or [] if index != place]
    return f"an activation is a constant of {size} bytes"


def operator_order(rng, model, others):
    """Operators twice, in another order, fewer or none."""
    graph, nodes = graph_of(model), list(operators_of(model))
    if not nodes:
        return None
    choice = rng.randrange(6)
    node = rng.choice(nodes)
    if choice == 0:
        nodes.insert(rng.randrange(len(nodes) + 1), node.copy())
    elif choice == 1:
        nodes.remove(node)
    elif choice == 2:
        rng.shuffle(nodes)
    elif choice == 3:
        nodes = nodes * rng.choice([2, 50])
    elif choice == 4:
        node.fields["opcodeIndex"] = rng.choice([0, 1, 2, 255, 2**32 - 1, len(model.get("operatorCodes") or [])])
    else:
        nodes = []
    graph.fields["operators"] = nodes
    return f"{len(nodes)} operators, kind {choice}"


# Each with its weight.
MUTATIONS = [
    (some_field, 12), (operator_code, 1), (quantization, 18), (shape, 7), (element_type, 6), (constant, 14),
    (provenance, 6), (option, 8), (operand, 6), (border, 7), (constant_to_input, 2), (input_to_constant, 3),
    (operator_order, 3), (appended, 3), (joined, 8), (second_graph, 3), (names, 3), (metadata, 2),
]


def mutate(rng, model, others):
    """One mutation, of which nothing remains to be tried when it does not apply."""
    chosen = rng.choices([row[0] for row in MUTATIONS], [row[1] for row in MUTATIONS])[0]
    text = chosen(rng, model, others)
    return f"{chosen.__name__}: {text}" if text else None
