"""Draws a package's targets and what each imports, as SVG: levels by the longest way, arrows that follow from others left
out. The same package gives the same bytes."""

import math
from html import escape
from random import Random

BOX, HEIGHT, GAP, LEVEL, MARGIN = 136, 34, 24, 84, 24
STARTS, SWEEPS = 30, 12
STYLE = """
  .paper { fill: #ffffff } .box { fill: #eef3fa; stroke: #5b7da8 } .c { stroke-dasharray: 5 3 }
  .tool { fill: #d6e4f5; stroke-width: 2 } .arrow { fill: none; stroke: #6b7684; stroke-width: 1.3 } .tip { fill: #6b7684 }
  text { font: 14px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1c2733; text-anchor: middle }
  .note { font-size: 12px; fill: #5a6672; text-anchor: start }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #12171e } .box { fill: #1d2a3a; stroke: #6d93c4 } .tool { fill: #2a415f }
    .arrow { stroke: #8b97a5 } .tip { fill: #8b97a5 } text { fill: #e4eaf1 } .note { fill: #9aa6b3 }
  }
"""


def imports(package):
    """What each target but tests and what they share imports, from the JSON of `swift package dump-package`."""
    targets = [target for target in package["targets"] if target["type"] != "test" and not target.get("path")]
    return {target["name"]: [name for entry in target["dependencies"] for name, *_ in entry.values()] for target in targets}


def without_implied(imported):
    """Without imports of what another import brings along."""

    def all_of(name):
        return set().union(*({other} | all_of(other) for other in imported[name]), set())

    return {name: [other for other in others if not any(other in all_of(third) for third in others)]
            for name, others in imported.items()}


def levels(imported):
    """The targets by levels: each stands below all that it imports, and right above the first that imports it."""
    importers = {name: [other for other in imported if name in imported[other]] for name in imported}

    def height(name):
        return max((height(other) + 1 for other in importers[name]), default=0)

    heights = {name: height(name) for name in imported}
    return {name: max(heights.values()) - heights[name] for name in imported}


class Layout:
    """Places on a plane: boxes on levels, and points on levels that arrows pass between boxes."""

    def __init__(self, imported):
        self.level = levels(imported)
        self.arrows = []  # The nodes that each passes, from the importing target to the imported one.
        rows = [[] for _ in range(max(self.level.values()) + 1)]
        for name in imported:
            rows[self.level[name]].append(name)
        for name, others in imported.items():
            for other in others:
                points = [(name, other, row) for row in range(self.level[name] - 1, self.level[other], -1)]
                for point in points:
                    rows[point[2]].append(point)
                self.arrows.append([name, *points, other])
        self.below = {node: [] for row in rows for node in row}
        self.above = {node: [] for row in rows for node in row}
        for arrow in self.arrows:
            for lower, upper in zip(arrow, arrow[1:]):
                self.below[upper].append(lower)
                self.above[lower].append(upper)
        self.rows = min(self.orders(rows), key=lambda order: (self.crossings(order), self.slant(order)))
        self.x = self.placed(self.rows)

    def orders(self, rows):
        """Orders of the nodes on each level: from many first ones, sweeps up and down put each near its neighbours."""
        random = Random(1)
        for _ in range(STARTS):
            for sweep in range(SWEEPS):
                rows = [list(row) for row in rows]
                down = sweep % 2 == 0
                for index in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
                    nearer, neighbours = (rows[index - 1], self.above) if down else (rows[index + 1], self.below)
                    place = {node: position for position, node in enumerate(nearer)}
                    here = {node: position for position, node in enumerate(rows[index])}
                    rows[index].sort(key=lambda node: mean([place[other] for other in neighbours[node]], here[node]))
                yield rows
            rows = [sorted(row, key=lambda node: random.random()) for row in rows]

    def crossings(self, rows):
        count = 0
        for upper, lower in zip(rows, rows[1:]):
            place = {node: position for position, node in enumerate(upper)}
            ends = [place[other] for node in lower for other in sorted(self.above[node], key=place.get)]
            count += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
        return count

    def slant(self, rows):
        x = self.placed(rows)
        return sum(abs(x[lower] - x[upper]) for arrow in self.arrows for lower, upper in zip(arrow, arrow[1:]))

    def placed(self, rows):
        """The middle of each node: near those that it is tied to, with room between neighbours."""
        x = {node: position * (BOX + GAP) for row in rows for position, node in enumerate(row)}
        for sweep in range(SWEEPS):
            for row in rows if sweep % 2 == 0 else reversed(rows):
                wanted = [self.wanted(node, x) for node in row]
                for node, place in zip(row, apart(wanted, [width(node) for node in row])):
                    x[node] = place
        for arrow in self.arrows:
            self.straighten(arrow, rows, x)
        first = min(x[node] - width(node) / 2 for node in x)
        return {node: round(x[node] - first) + MARGIN for node in x}

    def wanted(self, node, x):
        """The mean of what a node is tied to."""
        return mean([x[other] for other in self.above[node] + self.below[node]], x[node])

    def straighten(self, arrow, rows, x):
        """Lets a long arrow go straight up from where it begins, as far as there is room."""
        least, most = -math.inf, math.inf
        for point in arrow[1:-1]:
            row = rows[point[2]]
            place = row.index(point)
            for left in row[:place][-1:]:
                least = max(least, x[left] + width(left) / 2 + GAP)
            for right in row[place + 1:][:1]:
                most = min(most, x[right] - width(right) / 2 - GAP)
        if least <= most:
            x.update({point: min(max(x[arrow[0]], least), most) for point in arrow[1:-1]})

    def y(self, node):
        return MARGIN + LEVEL * (self.level[node] if isinstance(node, str) else node[2])


def width(node):
    return BOX if isinstance(node, str) else 0


def mean(numbers, otherwise):
    return sum(numbers) / len(numbers) if numbers else otherwise


def apart(wanted, widths):
    """Places nearest to the wanted ones, in their order and with room between: neighbours that collide move together."""
    offsets = [0]
    for left, right in zip(widths, widths[1:]):
        offsets.append(offsets[-1] + (left + right) / 2 + GAP)
    groups = []  # The mean that each wants for its first member, and its members.
    for index, place in enumerate(wanted):
        groups.append((place - offsets[index], 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (right, count), (left, others) = groups.pop(), groups.pop()
            groups.append(((right * count + left * others) / (count + others), count + others))
    starts = [start for start, count in groups for _ in range(count)]
    return [start + offset for start, offset in zip(starts, offsets)]


def port(layout, node, others, other):
    """Where on a box's edge one of its arrows begins or ends: in the order of where they lead."""
    order = sorted(others, key=lambda node: (layout.x[node], str(node)))
    return layout.x[node] + round((order.index(other) - (len(order) - 1) / 2) * min(18, (BOX - 24) / len(order)))


def curve(points):
    """A line through points that leaves each upwards."""
    path = f"M{points[0][0]} {points[0][1]}"
    for (x, y), (next_x, next_y) in zip(points, points[1:]):
        middle = (y + next_y) / 2
        path += f" V{next_y}" if x == next_x else f" C{x} {middle:g} {next_x} {middle:g} {next_x} {next_y}"
    return path


def svg(package, swift):
    """The picture; `swift` has the names of the targets in Swift."""
    imported = imports(package)
    layout = Layout(without_implied(imported))
    tools = {target["name"] for target in package["targets"] if target["type"] == "executable"}
    wide = max(layout.x[node] + width(node) // 2 for node in layout.x) + MARGIN
    high = MARGIN + LEVEL * (len(layout.rows) - 1) + HEIGHT + 20 + MARGIN
    parts = []
    for arrow in layout.arrows:
        lower, upper = arrow[0], arrow[-1]
        points = [(port(layout, lower, layout.above[lower], arrow[1]), layout.y(lower))]
        for point in arrow[1:-1]:
            points += [(layout.x[point], layout.y(point) + HEIGHT), (layout.x[point], layout.y(point))]
        points.append((port(layout, upper, layout.below[upper], arrow[-2]), layout.y(upper) + HEIGHT + 6))
        parts.append(f'<path class="arrow" marker-end="url(#tip)" d="{curve(points)}"/>')
    for name in imported:
        kind = "box" + " tool" * (name in tools) + " c" * (name not in swift)
        x, y = layout.x[name], layout.y(name)
        parts.append(f'<rect class="{kind}" x="{x - BOX // 2}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="6"/>')
        parts.append(f'<text x="{x}" y="{y + 22}">{escape(name)}</text>')
    note = "An arrow points to an imported target; arrows that others imply are left out. Dashed: C."
    body = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img">
<title>The targets of {escape(package["name"])} and what each imports</title>
<style>{STYLE}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>
<rect class="paper" width="{wide}" height="{high}" rx="8"/>
{body}
<text class="note" x="{MARGIN}" y="{high - MARGIN + 6}">{note}</text>
</svg>
"""
