"""Mutations of any field of any table, by the schema alone."""

from mutations import values
from tflite import SCHEMA, UNIONS, Table


def all_tables(model):
    """Every table of a tree."""
    found, pending = [], [model]
    while pending:
        table = pending.pop()
        found.append(table)
        for value in table.fields.values():
            if isinstance(value, Table):
                pending.append(value)
            elif isinstance(value, list):
                pending.extend(item for item in value if isinstance(item, Table))
    return found


def some_field(rng, model, others):
    """One field of one table; those of options, tensors and operators more often."""
    tables = all_tables(model)
    liked = [
        table
        for table in tables
        if table.schema.endswith("Options")
        or table.schema in ("Tensor", "Operator", "QuantizationParameters", "OperatorCode")
    ]
    table = rng.choice(liked if liked and rng.random() < 0.7 else tables)
    if not SCHEMA[table.schema]:
        return None
    present = [field for field in SCHEMA[table.schema] if field.name in table.fields]
    field = rng.choice(present if present and rng.random() < 0.7 else SCHEMA[table.schema])
    name = f"{table.schema}.{field.name}"
    old = table.get(field.name)
    if old is not None and rng.random() < 0.12:
        del table.fields[field.name]
        return f"{name} is absent"
    if field.kind == "scalar":
        table.fields[field.name] = values.number(rng, field.of, old or 0)
    elif field.kind == "string":
        table.fields[field.name] = rng.choice(values.STRINGS)
    elif field.kind == "vector":
        table.fields[field.name] = changed_vector(rng, field.of, old)
    elif field.kind == "tables":
        table.fields[field.name] = changed_tables(rng, field.of, old)
    else:
        return other_table(rng, table, field, name, others)
    return f"{name} is {str(table.get(field.name))[:60]}"


def changed_vector(rng, scalar, old):
    """A vector of numbers, of bytes for uint8."""
    items = list(old or [])
    choice = rng.randrange(7)
    if items and choice < 3:
        place = rng.randrange(len(items))
        items[place] = values.number(rng, scalar, items[place])
    elif items and choice == 3:
        del items[rng.randrange(len(items))]
    elif choice == 4:
        items.insert(rng.randrange(len(items) + 1), values.number(rng, scalar))
    elif choice == 5:
        items = rng.choice([[], items[::-1], items * 2, items[:1]])
    else:
        items = [values.number(rng, scalar)] * rng.choice([1, 2, 4, 9, 1000])
    return bytes(item & 255 for item in items) if scalar == "uint8" else items


def changed_tables(rng, schema, old):
    """A vector of tables: one more, fewer, in another order, or one of them in two places."""
    items = list(old or [])
    if not items:
        return [Table(schema) for _ in range(rng.choice([0, 1, 2]))]
    item = rng.choice(items)
    choice = rng.randrange(6)
    if choice == 0:
        items.remove(item)
    elif choice == 1:
        items.insert(rng.randrange(len(items) + 1), item.copy())
    elif choice == 2:
        items = items + [item] * rng.choice([1, 3, 1000])
    elif choice == 3:
        rng.shuffle(items)
    elif choice == 4:
        items.append(Table(schema))
    else:
        items = []
    return items


def other_table(rng, table, field, name, others):
    """A table or a member of a union is empty, from elsewhere, or of another kind than its tag says."""
    if field.kind == "table":
        found = [other for other in all_tables(rng.choice(others)) if other.schema == field.of]
        table.fields[field.name] = rng.choice(found).copy() if found and rng.random() < 0.5 else Table(field.of)
        return f"{name} is another"
    members = UNIONS[field.of]
    if rng.random() < 0.4:
        table.fields[field.name + "Type"] = rng.choice(
            [0, 1, len(members), len(members) + 1, 255, rng.randrange(len(members))]
        )
        return f"{name} has the tag {table.fields[field.name + 'Type']}"
    chosen = Table(rng.choice(members))
    for inner in SCHEMA[chosen.schema]:
        if inner.kind == "scalar" and rng.random() < 0.5:
            chosen.fields[inner.name] = values.number(rng, inner.of)
    table.fields[field.name] = chosen
    return f"{name} is {chosen.schema}"
