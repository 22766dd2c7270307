"""Invalid configurations: the command, how the files are spoilt before it, and words that its message must contain."""

from spoil import change, configure, make_pipe, replace, write

RATE, VARY = "defaults.mle.learning_rate", "ablations.entropy.vary"
ALIASES = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
MERGED = "a0: &a0 {x: y}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 30))
NAN, INFINITY = float("nan"), float("inf")

CONFIGURATIONS = {
    "plan": {
        "empty": (write("config.yaml", ""), "config.yaml: a mapping of settings is expected; config.yaml shows one"),
        "list": (write("config.yaml", "- name: x\n"), "config.yaml: a mapping of settings is expected; config.yaml"),
        "no YAML": (write("config.yaml", "name: ["), "config.yaml: not valid YAML", "line 1", "; correct it there"),
        "binary": (write("config.yaml", b"\x80\x81\x00"), "config.yaml: not UTF-8 text", "; give a configuration file"),
        "control characters": (write("config.yaml", "name: \0"), "config.yaml: not valid YAML", "; correct it there"),
        "list as a key": (write("config.yaml", "{[1]: 2}"), "config.yaml: not valid YAML", "line 1", "; correct it"),
        "no truth value": (write("config.yaml", "name: !!bool maybe"), "config.yaml: not valid YAML (", "; correct it"),
        "no time": (write("config.yaml", "name: !!timestamp x"), "config.yaml: not valid YAML (", "; correct it there"),
        "no number": (write("config.yaml", "name: !!int ''"), "config.yaml: not valid YAML (", "; correct it there"),
        "very deep": (write("config.yaml", "[" * 1000), "config.yaml: nested too deeply, or without end; config.yaml"),
        "in a circle": (write("config.yaml", "&all {tasks: *all}"), "config.yaml: nested too deeply, or without end"),
        "key twice": (
            change("config.yaml", lambda content: content + b"name: other\n"),
            ": name occurs twice, first in line ",
            "; keep one of them",
        ),
        "key twice in one line": (
            write("config.yaml", "{name: x, name: y}"),
            "config.yaml:1: name occurs twice, first",
        ),
        "aliases of aliases": (write("config.yaml", ALIASES), "config.yaml:", "values with its aliases; use fewer"),
        "merged aliases of aliases": (
            write("config.yaml", MERGED),
            "config.yaml:",
            "values with its aliases; use fewer",
        ),
        "pipe": (make_pipe("config.yaml"), "config.yaml: is a pipe or a device; give a regular file"),
        "too large": (write("config.yaml", "#" * 10_000_001), "config.yaml: is over 10,000,000 bytes; give a smaller"),
        "unknown key": (configure("defaults.mle.speed", 1), "config.yaml: defaults.mle.speed: unknown key; config/"),
        "unknown key at the top": (configure("speed", 1), "config.yaml: speed: unknown key; config/README.md lists"),
        "mistyped key": (
            configure("defaults.mle.lerning_rate", 1.0),
            "defaults.mle.lerning_rate: unknown key; did you mean learning_rate? config/README.md lists the known ones",
        ),
        "mistyped key of a data set": (
            configure("datasets.text.lowecase", True),
            "datasets.text.lowecase: unknown key; did you mean lowercase? config/",
        ),
        "mistyped key in place of a required one": (
            replace("config.yaml", "datasets:", "datset:"),
            "config.yaml: datset: unknown key; did you mean datasets? config/README.md lists the known ones",
        ),
        "mistyped algorithm": (
            configure("defaults.algorithms", ["eracc"]),
            "defaults.algorithms.0: input should be ",
            "not 'eracc'; did you mean erac?",
        ),
        "no algorithm": (
            configure("tasks.mt", {"dataset": "text", "algorithms": []}),
            "tasks.mt.algorithms: list should have at least 1 item",
        ),
        "text for a number": (configure(RATE, "1e-4"), "learning_rate: '1e-4'", "write 1.0e-4"),
        "number for text": (configure("name", 3), "config.yaml: name: input should be a valid string, not 3"),
        "out of range": (configure("defaults.mle.batch_size", 0), "mle.batch_size: ", "or equal to 1, not 0"),
        "NaN": (configure(RATE, NAN), "mle.learning_rate: ", "a finite number, not nan"),
        "infinity": (configure(RATE, INFINITY), "mle.learning_rate: ", "a finite number, not inf"),
        "beyond float32": (configure(RATE, 1e40), "mle.learning_rate: ", "less than or equal to 1000, not 1e+40"),
        "samples beyond reason": (
            configure("defaults.raml", {"samples": 10**30}),
            "raml.samples: ",
            "or equal to 1000,",
        ),
        "beam beyond reason": (
            configure("defaults.evaluation.beam_size", 10**30),
            "evaluation.beam_size: ",
            "less than or equal to 1000, not 1000000000000000",
        ),
        "units beyond reason": (
            configure("defaults.network.units", 10**30),
            "network.units: ",
            "or equal to 16384, not",
        ),
        "seeds beyond reason": (configure("defaults.seeds.critics", 10**9), "seeds.critics: ", "or equal to 1000, not"),
        "runs beyond reason": (
            configure("defaults.seeds", {"critics": 1000, "actors": 1000}),
            " runs, over 20,000: take fewer seeds, or fewer values of a grid",
        ),
        "grid beyond reason": (
            configure(VARY, {name: list(range(1, 1000)) for name in ("actor_critic.tau", "joint.lambda_mle")}),
            " runs, over 20,000: take fewer seeds, or fewer values of a grid",
        ),
        "number of a million digits": (write("config.yaml", "name: " + "1" * 10**6), "config.yaml: not valid YAML ("),
        "NUL in a path": (
            configure("datasets.text.train", ["train\0.de", "train.en"]),
            r"datasets.text.train: 'train\x00.de' has a line break, a control character or half a character; remove it",
        ),
        "line break in a label": (configure("tasks.mt.label", "a\nb"), r"tasks.mt.label: 'a\nb' has a line break"),
        "half a character in a label": (
            write("config.yaml", 'name: x\ndatasets: {m: {kind: mini}}\ntasks: {mt: {dataset: m, label: "\\ud800"}}'),
            r"tasks.mt.label: '\ud800' has a line break, a control character or half a character; remove it",
        ),
        "section without fields": (configure("defaults.mle", None), "defaults.mle: a mapping of settings is expected"),
        "list for a section": (configure("defaults", [1]), "defaults: a mapping of settings is expected, not [1]"),
        "no tasks": (configure("tasks", {}), "config.yaml: tasks: dictionary should have at least 1 item"),
        "unknown recipe": (configure("recipe", "mine"), "recipe: input should be 'released' or 'paper', not 'mine'"),
        "unknown pay-off": (
            configure("defaults.rewards", {"metric": "ter"}),
            "rewards.metric: input should be 'bleu', 'gleu' or 'chrf', not 'ter'",
        ),
        "list for a recipe": (configure("recipe", ["paper"]), "recipe: input should be 'released' or 'paper', not"),
        "braces in a path": (
            configure("datasets.text.train", ["train.{x}", "train.en"]),
            "datasets.text: train.{x}: Snakemake would take the braces for a wildcard; rename the file",
        ),
        "unknown kind": (configure("datasets.text.kind", "x"), "datasets.text: kind: 'x' is not known; take one of"),
        "list for a kind": (configure("datasets.text.kind", ["x"]), "text: kind: ", "is not known; take one of"),
        "no kind": (configure("datasets.text", {}), "datasets.text: kind: required, but not given; config/README.md"),
        "unknown network of features": (
            configure("datasets.pictures.feature_network", "vgg"),
            "datasets.pictures.feature_network: 'vgg' is not a network; choose one of resnet101, resnet101-v2,",
            "or timm:NAME",
        ),
        "archive without an address": (
            configure("datasets.coco.urls", ["http://mirror/train2014.zip"]),
            "datasets.coco: urls: none ends in annotations_trainval2014.zip; add its address",
        ),
        "task of no data set": (configure("tasks.mt.dataset", "x"), "yaml: tasks.mt.dataset: no data set 'x'; known: "),
        "mistyped data set": (configure("tasks.mt.dataset", "txt"), "no data set 'txt'; did you mean text? known: "),
        "control without a loss": (
            configure("tasks.mt", {"dataset": "text", "algorithms": ["mle-continued"], "joint": {"lambda_mle": 0}}),
            "runs/mt/mle-continued/seed1: joint.lambda_mle is 0",
            "; set joint.lambda_mle above 0",
        ),
        "grid of no task": (configure("ablations.entropy.task", "x"), "entropy.task: no task 'x'; known"),
        "grid of no field": (configure(VARY, {"a.b": [1]}), "entropy.vary.a.b: no such setting; write"),
        "grid of a mistyped field": (configure(VARY, {"raml.tua": [1]}), "no such setting; did you mean raml.tau?"),
        "grid of a section": (configure(VARY, {"mle": [1]}), "entropy.vary.mle: no such setting; write"),
        "grid with a value twice": (
            configure(VARY, {"actor_critic.tau": [0, 0.1, 0.0]}),
            "ablations.entropy: vary.actor_critic.tau lists 0.0 twice: list each value once",
        ),
        "grid with a list twice": (
            configure(VARY, {"actor_critic.tau": [[1], [1]]}),
            "ablations.entropy: vary.actor_critic.tau lists [1] twice: list each value once",
        ),
        "grid out of range": (configure(VARY, {"actor_critic.tau": [-1]}), "actor_critic.tau: ", "not -1"),
    },
}
