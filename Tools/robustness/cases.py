"""A case: its files and command lines, which follow from the campaign's seed and the case's number alone."""

import random

import commands
import seeds as seeding
import tflite
from mutations import arrays, documents, graphs, values
from mutations import words as words_of

KINDS = {"model": 69, "profile": 10, "array": 7, "journal": 3, "plan": 3, "words": 8}


class Case:
    """One mutated input.

    `kept` are the numbers of the mutations that are applied; each has random numbers of its own, so that one can be
    left out while the others stay what they are.
    """

    def __init__(self, seeds, seed, number, kept=None):
        self.seeds, self.seed, self.number = seeds, seed, number
        self.rng = random.Random(f"{seed}:{number}")
        kinds = {kind: weight for kind, weight in KINDS.items() if not seeds.kinds or kind in seeds.kinds}
        self.kind = self.rng.choices(list(kinds), list(kinds.values()))[0]
        amount = self.rng.choice([1, 1, 1, 1, 1, 2, 2, 2, 3, 5])
        self.kept = list(range(amount)) if kept is None else kept
        self.texts, self.lines, self.files, self.is_heavy = [], [], {}, False
        getattr(self, "make_" + self.kind)()

    def write(self):
        """Writes the files into the current folder."""
        for name, data in self.files.items():
            with open(name, "wb") as file:
                file.write(data)

    def model(self):
        """One of the seeds; every operator is as likely as any other."""
        groups = sorted(self.seeds.models)
        if self.seeds.operators:
            groups = [group for group in groups if group in self.seeds.operators]
        weights = [4 if group in ("NETWORK", "MADE") else 1 for group in groups]
        return self.rng.choice(self.seeds.models[self.rng.choices(groups, weights)[0]])

    def surround(self, tree, source):
        """The files beside a model: its source, data and labels."""
        self.files["s.tflite"] = self.seeds.data[id(source)]
        data = seeding.data_for(tree, self.rng.random() < 0.25) or seeding.data_for(source)
        if data:
            self.files["x.npy"] = data
        self.files["l.npy"] = arrays.plain(self.rng.choice(["int64", "int32", "uint8"]), [2], self.number)
        return "x.npy" if data else None

    def make_model(self):
        source = self.model()
        tree = source.copy()
        raw = None
        for number in self.kept:
            rng = random.Random(f"{self.seed}:{self.number}:{number}")
            if rng.random() < 0.07:
                raw = rng
                continue
            others = [
                self.seeds.models[group][rng.randrange(len(self.seeds.models[group]))]
                for group in (rng.choice(sorted(self.seeds.models)), "MADE" if "MADE" in self.seeds.models else "ADD")
            ]
            for _ in range(4):
                text = graphs.mutate(rng, tree, others)
                if text:
                    self.texts.append(text)
                    break
        data, frame = tflite.write(tree)
        if raw:
            data, text = values.damage(raw, data, frame)
            self.texts.append(text)
        self.is_heavy = seeding.is_heavy(tree)
        self.files["m.tflite"] = data
        files = commands.Files(commands.PROFILE_NAMES + commands.FAVOURITES, self.surround(tree, source))
        self.lines = commands.for_model(self.rng, files)

    def make_profile(self):
        names = sorted(self.seeds.profiles)
        tree = documents.copy(self.seeds.profiles[self.rng.choice(names)])
        if self.rng.random() < 0.5:
            # What a user writes: a name, a profile to start from, and a few keys.
            tree = documents.Object(
                [("schemaVersion", 1), ("name", "p"), ("extends", self.rng.choice(names))]
                + [
                    item
                    for item in tree
                    if item[0] not in ("schemaVersion", "name", "extends") and self.rng.random() < 0.6
                ]
            )
        damaged = None
        for number in self.kept:
            rng = random.Random(f"{self.seed}:{self.number}:{number}")
            if rng.random() < 0.1:
                damaged = rng
                continue
            text = documents.change(rng, tree, [self.seeds.profiles[rng.choice(names)] for _ in range(2)])
            self.texts.append(text or "nothing")
        data = documents.text(tree).encode("utf-8", "surrogatepass")
        if damaged:
            data, text = documents.damage_text(damaged, data)
            self.texts.append(text)
        source = self.model()
        self.files["p.json"], self.files["m.tflite"] = data, self.seeds.data[id(source)]
        self.lines = commands.for_profile(self.rng, commands.Files(["p.json"], self.surround(source, source)))

    def make_array(self):
        source = self.model()
        self.files["m.tflite"] = self.seeds.data[id(source)]
        files = commands.Files(commands.PROFILE_NAMES + commands.FAVOURITES, self.surround(source, source) or "x.npy")
        specs = seeding.input_specs(source) or [(b"", "int8", [1, 4])]
        chosen = self.rng.randrange(len(specs))
        if self.rng.random() < 0.2:
            data, text = arrays.mutate(self.rng, "int64", [2])
            self.files["l.npy"] = data
        elif self.rng.random() < 0.15:
            self.files["x.npy"] = self.rng.choice(self.seeds.arrays)
            if self.rng.random() < 0.7:
                self.files["x.npy"], text = values.damage(self.rng, self.files["x.npy"])
            text = "an array of the tests"
        else:
            parts = [
                arrays.plain(element, seeding.array_shape(shape), index)
                for index, (_, element, shape) in enumerate(specs)
            ]
            parts[chosen], text = arrays.mutate(self.rng, specs[chosen][1], seeding.array_shape(specs[chosen][2]))
            self.files["x.npy"] = (
                parts[0]
                if len(parts) == 1
                else arrays.archive(
                    [(f"arr_{index}", part) for index, part in enumerate(parts)], self.rng.random() < 0.3
                )
            )
        self.texts.append(text)
        self.lines = commands.for_array(self.rng, files)

    def make_journal(self):
        if not self.seeds.journals:
            return self.make_words()
        source, journal = self.rng.choice(self.seeds.journals)
        self.files["m.tflite"], self.files["x.npy"] = self.seeds.data[id(source)], seeding.data_for(source)
        for number in self.kept:
            journal, text = documents.damage_lines(random.Random(f"{self.seed}:{self.number}:{number}"), journal)
            self.texts.append(text)
        self.files["j"] = journal
        self.lines = [
            [
                "explore", "m.tflite", "--inputs", "x.npy", "--vary", "accumulator.bits=12..20", "--journal", "j",
                "--count", "1",
                *self.rng.choice([[], ["--json"], ["--csv", "out/e.csv"], ["--report", "out/r.html"]]),
            ]
        ]

    def make_plan(self):
        if not self.seeds.plans:
            return self.make_words()
        source, profile, plan = self.rng.choice(self.seeds.plans)
        self.files["m.tflite"] = self.seeds.data[id(source)]
        data = self.surround(source, source)
        tree = documents.parse(plan)
        for number in self.kept:
            rng = random.Random(f"{self.seed}:{self.number}:{number}")
            others = [documents.parse(rng.choice(self.seeds.plans)[2]) for _ in range(2)]
            self.texts.append(documents.change(rng, tree, others) or "nothing")
        self.files["p.json"] = documents.text(tree).encode("utf-8", "surrogatepass")
        if self.rng.random() < 0.1:
            self.files["p.json"], text = documents.damage_text(self.rng, self.files["p.json"])
            self.texts.append(text)
        words = ["requantize", "m.tflite", "--profile", profile, "--from-plan", "p.json", "-o", "out/o.tflite"]
        guide = ["--calibrate", data, "--count", "2"] if data and self.rng.random() < 0.7 else []
        again = ["--plan", "out/q.json"] if self.rng.random() < 0.3 else []
        self.lines = [words + guide + again + ["--effort", self.rng.choice(["fast", "balanced"])]]

    def make_words(self):
        self.kind = "words"
        source = self.model()
        self.files["m.tflite"] = self.seeds.data[id(source)]
        self.files["p.json"] = documents.text(self.seeds.profiles["nna-int8"]).encode()
        files = commands.Files(commands.PROFILE_NAMES + ["p.json"], self.surround(source, source))
        words, text = words_of.mutate(self.rng, files)
        # A word that a process cannot be given is no case.
        self.lines, self.texts = [[word.replace("\0", "") for word in words]], [text]
        self.is_heavy = "--vary" in words
