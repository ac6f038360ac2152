"""Circles of files: which Swift files name what another declares, and from where one comes back on such arrows.

A file refers to another where it names a type, a free function or a global value that the other declares; with members,
also where it names a member that only the other declares, in extensions of types from elsewhere. Names are looked up from
the inside out, as Swift does: what a function, a type or a file declares for itself hides what others declare. Comments and
the characters of strings do not count, code in interpolations does. Types are not inferred, so `.init` or an overload
refers to nothing, and a member of any type counts by its name.
"""

import fnmatch
import re
from dataclasses import dataclass, field
from random import Random

TOKEN = re.compile(
    r"\s+|//[^\n]*|(?P<comment>/\*)|(?P<quote>#*(?:\"\"\"|\"))"
    r"|(?P<code>`?[A-Za-z_]\w*`?|\d\w*(?:\.\d\w*)?|->|\.\.\.|\.\.<|.)", re.DOTALL)
COMMENT = re.compile(r"/\*|\*/")
WORD = re.compile(r"[A-Za-z_]\w*$")
TYPES = {"struct", "class", "enum", "protocol", "actor", "extension"}
ALIASES = {"typealias", "associatedtype"}
FUNCTIONS = {"func", "init", "subscript", "deinit"}
VALUES = {"let", "var", "case", "for"}
DECLARATIONS = TYPES | ALIASES | FUNCTIONS | VALUES
PRIVATE = {"private", "fileprivate"}
MODIFIERS = PRIVATE | {
    "public", "package", "internal", "static", "final", "indirect", "mutating", "nonisolated", "lazy", "override", "weak",
    "(", "set", ")"}
# Words that a value cannot end with.
STATEMENTS = {"return", "case", "in", "try", "throw", "else", "is", "as", "where", "if", "guard", "while", "switch"}
# Members that other types have as well.
COMMON = {
    "append", "contains", "count", "exponent", "first", "insert", "isEmpty", "keys", "last", "map", "max", "merge", "min",
    "remove", "values"}
TRIES = 60


def tokens(text):
    """The words and signs of Swift code, without comments and the characters of strings. Regex literals are not known."""
    result, position = [], 0
    strings = []  # Strings whose interpolated code is being read: how each is quoted, and parentheses open in that code.
    while position < len(text):
        match = TOKEN.match(text, position)
        position = match.end()
        if match["comment"]:
            position = after_comment(text, position)
        elif match["quote"]:
            position, interpolates = after_characters(text, position, match["quote"])
            if interpolates:
                strings.append([match["quote"], 1])
        elif match["code"]:
            if strings:
                strings[-1][1] += (match["code"] == "(") - (match["code"] == ")")
            if strings and strings[-1][1] == 0:
                position, interpolates = after_characters(text, position, strings[-1][0])
                strings[-1][1] = 1
                if not interpolates:
                    strings.pop()
            else:
                result.append(match["code"].strip("`"))
    return result


def after_comment(text, position):
    """Where a block comment ends that began before `position`; such comments nest."""
    depth = 1
    while depth and (match := COMMENT.search(text, position)):
        depth += 1 if match.group() == "/*" else -1
        position = match.end()
    return len(text) if depth else position


def after_characters(text, position, quote):
    """Where the characters of a string end, and whether they end at interpolated code."""
    hashes = quote.rstrip('"')
    end = quote[len(hashes):] + hashes
    pattern = re.compile(rf"\\{hashes}(?P<code>\()|\\{hashes}.|{end}", re.DOTALL)
    while match := pattern.search(text, position):
        position = match.end()
        if match["code"] or match.group() == end:
            return position, bool(match["code"])
    return len(text), False


@dataclass
class Scope:
    """A file, a type or its extension, or code."""

    kind: str
    path: tuple = ()  # The names of the type that it is in, from the outermost.
    outer: int = -1  # How many of these are names of what is around it.
    private: bool = False
    names: set = field(default_factory=set)  # What nobody else declares: generic parameters, parameters, local names.
    opened: bool = True  # False before the brace.
    parentheses: int = 0

    def inside(self, kind, names=(), path=(), private=False, opened=False):
        return Scope(kind, self.path + path, len(self.path), self.private or private, set(names), opened)


@dataclass
class File:
    """What one file declares and names; the path of a type is a tuple of names."""

    types: dict = field(default_factory=dict)  # Paths of types, and whether they are private.
    values: set = field(default_factory=set)  # Free functions and global values that others can see.
    members: set = field(default_factory=set)  # Paths of types with the name of a member.
    added: set = field(default_factory=set)  # Those of them that an extension declares for all.
    uses: list = field(default_factory=list)  # Names with dots between them, and the scopes around.
    dotted: set = field(default_factory=set)  # Names after a value and a dot.


def read(text):
    """What a file's text declares and names."""
    file, code, scopes, declared = File(), tokens(text), [Scope("file")], -1
    code += [""] * 3
    for index, token in enumerate(code[:-3]):
        before, following = code[index - 1] if index else "", code[index + 1]
        declares = token in DECLARATIONS and before != "."
        if token == "}" or declares:
            # What has no body ends where the next declaration begins.
            while not scopes[-1].opened and not scopes[-1].parentheses:
                scopes.pop()
        scope = scopes[-1]
        if token == "(":
            scope.parentheses += 1
        elif token == ")":
            scope.parentheses -= 1
        elif token == "{" and not scope.opened and not scope.parentheses:
            scope.opened = True
        elif token == "{":
            scopes.append(scope.inside("code", closure_parameters(code, index), opened=True))
        elif token == "}" and len(scopes) > 1:
            scopes.pop()
        elif declares and token == "extension":
            scopes.append(scope.inside("extension", path=dotted_name(code, index + 1), private=is_private(code, index)))
        elif declares and token in FUNCTIONS:
            declared = index + (token == "func")
            if token == "func":
                declare_value(file, scope, following, is_private(code, index))
            scopes.append(scope.inside("code", generic_names(code, declared + 1)))
        elif declares and WORD.match(following) and following not in DECLARATIONS:
            if token in TYPES | ALIASES:
                declared, private = index + 1, scope.private or is_private(code, index)
                if scope.kind == "code":
                    scope.names.add(following)
                else:
                    file.types[scope.path + (following,)] = private
            if token in TYPES:
                scopes.append(scope.inside("type", generic_names(code, index + 2), (following,), private))
            elif token in VALUES and (token != "case" or scope.kind != "code"):
                declared = index + 1
                declare_value(file, scope, following, is_private(code, index))
        elif declares and token in ("let", "var", "for") and following == "(":
            scope.names.update(code[index + 2:code.index(")", index)])
        elif WORD.match(token) and index != declared:
            if before == ".":
                # `.zero` is a case or made by a type, `x.zero` may be added to any.
                if index > 1 and (code[index - 2] in (")", "]", "}", "?", "!", ">") or is_value(code[index - 2])):
                    file.dotted.add(token)
            elif scope.kind == "code" and not scope.opened and scope.parentheses == 1 and ":" in (following, code[index + 2]):
                scope.names.add(token)  # A parameter, or its label.
            elif following != ":" or before not in ("(", ","):
                file.uses.append((dotted_name(code, index), tuple(scopes)))
    return file


def dotted_name(code, index):
    """The names from here on that have dots between them."""
    end = index
    while code[end + 1] == "." and WORD.match(code[end + 2]):
        end += 2
    return tuple(code[index:end + 1:2])


def generic_names(code, index):
    """The parameters between angle brackets that open here."""
    names, depth = set(), 0
    while code[index] == "<" or depth:
        if depth == 1 and code[index - 1] in ("<", ","):
            names.add(code[index])
        depth += (code[index] == "<") - (code[index] == ">")
        index += 1
    return names


def closure_parameters(code, index):
    """The names before `in`, where a brace opens a closure that names its parameters."""
    end = index + 1
    while code[end + 1] == ",":
        end += 2
    return code[index + 1:end + 1:2] if code[end + 1] == "in" else ()


def is_value(token):
    return WORD.match(token) is not None and token not in STATEMENTS


def is_private(code, index):
    while index and code[index - 1] in MODIFIERS:
        index -= 1
        if code[index] in PRIVATE and code[index + 1] != "(":
            return True
    return False


def declare_value(file, scope, name, private):
    if scope.kind == "code" or (scope.kind == "file" and private):
        scope.names.add(name)
    elif scope.kind == "file":
        file.values.add(name)
    else:
        file.members.add((scope.path, name))
        if scope.kind == "extension" and not (private or scope.private):
            file.added.add((scope.path, name))


class Target:
    """The files of a target and the arrows between them."""

    def __init__(self, texts, with_members=False):
        """`texts` has the text of each file by its name."""
        self.files = {name: read(text) for name, text in texts.items()}
        self.types = {}  # For each path the files that declare it, and whether for themselves.
        self.values = {}  # For each free function or global value the file that declares it.
        self.members = {}  # For each name of a member the paths of types that have it.
        for name, file in self.files.items():
            self.values.update({value: name for value in file.values})
            for path, private in file.types.items():
                self.types.setdefault(path, {})[name] = private
            for path, member in file.members:
                self.members.setdefault(member, set()).add(path)
        self.added = self.added_members() if with_members else {}
        # For each file the files that it refers to, each with the names that it uses of it.
        self.arrows = {name: {} for name in self.files}
        for name, file in self.files.items():
            for used, other in self.references(name, file):
                if other not in (name, None):
                    self.arrows[name].setdefault(other, set()).add(used)

    def added_members(self):
        """Members that one file alone declares, and only in extensions of types from elsewhere; the file of each."""
        declaring = {}
        for name, file in self.files.items():
            for path, member in file.members:
                from_elsewhere = (path, member) in file.added and path not in file.types and member not in COMMON
                declaring.setdefault(member, set()).add(name if from_elsewhere else None)
        return {member: min(names) for member, names in declaring.items() if len(names) == 1 and None not in names}

    def references(self, name, file):
        """Names and the files that declare them."""
        for member in file.dotted & self.added.keys():
            yield f".{member}", self.added[member]
        for used, scopes in file.uses:
            place, path = self.place(used[0], name, scopes)
            yield (".".join(path) or f".{used[0]}"), place
            # A.B refers to A, and to B where that is a type in A.
            for part in used[1:] if path else ():
                path += (part,)
                yield ".".join(path), self.declaring(path, name)

    def place(self, word, name, scopes):
        """The file whose declaration a word means in a file, looked up from the inside out; its path, () for a member."""
        for scope in reversed(scopes):
            if word in scope.names:
                break
            if scope.kind != "code" and scope.path in self.members.get(word, ()):
                return self.added.get(word), ()
            for length in range(len(scope.path), scope.outer, -1):
                path = scope.path[:length] + (word,)
                if place := self.declaring(path, name):
                    return place, path
        else:
            return self.values.get(word), (word,)
        return None, ()

    def declaring(self, path, name):
        """The file that declares the type of a path, seen from a file."""
        places = self.types.get(path, {})
        return name if name in places else next((other for other, private in places.items() if not private), None)


def without(arrows, exempt):
    """Arrows without names that files may use: `exempt` has patterns of files, each with names."""
    result = {}
    for start, ends in arrows.items():
        names = set().union(*(names for pattern, names in exempt if fnmatch.fnmatch(start, pattern)))
        result[start] = {end: used - names for end, used in ends.items() if used - names}
    return result


def circles(arrows):
    """The circles of more than one node, the largest first: Tarjan's strongly connected components."""
    result, number, low, path = [], {}, {}, []

    def visit(node):
        number[node] = low[node] = len(number)
        path.append(node)
        for other in sorted(arrows[node]):
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in path:
                low[node] = min(low[node], number[other])
        if low[node] == number[node]:
            circle = path[path.index(node):]
            del path[-len(circle):]
            if len(circle) > 1:
                result.append(sorted(circle))

    for node in sorted(arrows):
        if node not in number:
            visit(node)
    return sorted(result, key=lambda circle: (-len(circle), circle))


def to_cut(arrows, circle, bound):
    """Few arrows of a circle without which none remains that is larger than `bound`, found by adding arrows in some orders."""
    names = {(start, end): len(arrows[start][end]) for start in circle for end in sorted(arrows[start]) if end in circle}
    best, random = list(names), Random(1)
    for _ in range(TRIES):
        kept, cut = {}, []
        for start, end in sorted(names, key=lambda arrow: random.random()):
            kept.setdefault(start, set()).add(end)
            if len(circle_of(kept, start)) > bound:
                kept[start].remove(end)
                cut.append((start, end))
        best = min(best, cut, key=lambda cut: (len(cut), sum(names[arrow] for arrow in cut)))
    return best


def circle_of(arrows, node):
    """The node with all from which one comes back to it."""
    backward = {}
    for start, ends in arrows.items():
        for end in ends:
            backward.setdefault(end, set()).add(start)
    return reachable(arrows, node) & reachable(backward, node)


def reachable(arrows, node):
    found, open_nodes = {node}, [node]
    while open_nodes:
        for other in arrows.get(open_nodes.pop(), set()) - found:
            found.add(other)
            open_nodes.append(other)
    return found
