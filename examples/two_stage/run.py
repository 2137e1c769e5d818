"""The three ways of the paper's ablation, in miniature: from scratch, direct tuning of pretrained towers, two stages.

usage: run.py [OUT] [--quick] [--threads N]
Makes its data, pretrains an image tower with English captions and a text tower by masked language modelling, trains the
three ways over as many pairs each, evaluates them, and where flickr8k-cn is at hand fine-tunes all three on it. OUT
(default: two_stage.out) gets curves.html, towers.html, results.json; what stands there already is not done again.
  CNCLIP_BIN         the program; default: build/bin/cnclip of this checkout, or `cnclip`
  CNCLIP_TEST_DATA   the folder that holds flickr8k-cn; default: ../shared/data beside this checkout
Needs nothing but Python. --quick takes a minute and shows only that all of it runs.
"""
import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WAYS = {"scratch": "from scratch", "direct": "direct tuning", "two_stage": "two stages"}
QUICK = {"english": ["stage.0.steps=2", "stage.1.steps=2"], "masked_words": ["stage.0.steps=4"], "scratch": ["stage.0.steps=4"],
         "direct": ["stage.0.steps=4"], "two_stage": ["stage.0.steps=2", "stage.1.steps=2"], "flickr": ["stage.0.steps=4"]}  # fmt: skip
PICTURES = {"train": 20000, "valid": 500, "test": 500}


class Example:
    def __init__(self, out, quick, threads):
        self.out, self.quick = out, quick
        program = os.environ.get("CNCLIP_BIN") or ROOT / "build" / "bin" / "cnclip"
        self.program = program if pathlib.Path(program).exists() else shutil.which("cnclip") or sys.exit("no program: set CNCLIP_BIN")
        self.settings = [f"run.output={out / 'logs'}", f"run.threads={threads}"]
        out.mkdir(parents=True, exist_ok=True)

    def call(self, *arguments, **options):
        done = subprocess.run([self.program, *map(str, arguments)], **options)
        if done.returncode != 0:
            sys.exit(f"cnclip {' '.join(map(str, arguments))}: ended with {done.returncode}")
        return done

    def draw(self, language, seed):
        """Two languages, two seeds: no picture is in both."""
        folder = self.out / language
        if not (folder / "synth.json").exists():
            counts = [f"--{split}={min(count, 300) if self.quick else count}" for split, count in PICTURES.items()]
            self.call("data", "synth", "--language", language, "--seed", seed, "--size", 64, *counts, "-o", folder)
        return folder

    def weights(self, run):
        return max((self.out / "logs" / run).glob("*/last.pt"), key=lambda path: path.stat().st_mtime)

    def train(self, recipe, data, *overrides, name=None):
        name = name or recipe
        quick = [*QUICK[recipe], *(f"stage.{i}.{key}" for i in range(len(QUICK[recipe])) for key in ("warmup=1", "validate_every=2"))]
        self.call("train", HERE / f"{recipe}.toml", *self.settings, f"run.name={name}", f"data.train={data}", f"data.valid={data}",
                  *overrides, *(quick if self.quick else []), "--resume", "auto")  # fmt: skip
        return self.weights(name)

    def evaluate(self, model, data):
        done = self.call("eval", "retrieval", data, "--split", "test", "--model", model, "--json", stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)

    def seconds(self, run):
        """Of its steps and validations."""
        records = [json.loads(line) for line in (self.out / "logs" / run / "metrics.jsonl").read_text().splitlines()]
        return sum(record["step_seconds"] if record["kind"] == "train" else record["seconds"] for record in records)

    def report(self, page, runs):
        self.call("train", "report", *(self.out / "logs" / run for run in runs), "-o", self.out / page)


def write_flickr(source, out):
    """flickr8k-cn in the official form; `val` is called `valid` there."""
    pictures = dict(line.split("\t") for line in (source / "images.tsv").read_text().splitlines())
    out.mkdir(exist_ok=True)
    for split, theirs in (("train", "train"), ("valid", "val"), ("test", "test")):
        with (out / f"{split}_imgs.tsv").open("w") as file:
            for number, path in pictures.items():
                if path.startswith(f"{theirs}_imgs/"):
                    file.write(f"{number}\t{base64.b64encode((source / path).read_bytes()).decode()}\n")
        shutil.copyfile(source / f"{theirs}_texts.jsonl", out / f"{split}_texts.jsonl")
    return out


def table(title, results, seconds):
    rows = [f"\n{title}\n", "| | text to image R@1 / 5 / 10 | image to text R@1 / 5 / 10 | mean recall | seconds |", "|---|---|---|---|---|"]
    for way, result in results.items():
        recalls = [" / ".join(f"{result[side][k]:.1f}" for k in ("r1", "r5", "r10")) for side in ("text_to_image", "image_to_text")]
        rows.append(f"| {WAYS[way]} | {recalls[0]} | {recalls[1]} | {result['mean_recall']:.1f} | {seconds[way]:.0f} |")
    print("\n".join(rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", type=pathlib.Path, default=pathlib.Path("two_stage.out"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    example = Example(options.out.resolve(), options.quick, options.threads)

    english, chinese = example.draw("en", 2), example.draw("zh", 1)
    towers = ["model.scratch=false", f"model.vision_init={example.train('english', english)}",
              f"model.text_init={example.train('masked_words', chinese)}"]  # fmt: skip
    models = {way: example.train(way, chinese, *(towers if way != "scratch" else [])) for way in WAYS}
    results = {"drawn": {way: example.evaluate(model, chinese) for way, model in models.items()}}
    example.report("towers.html", ["english", "masked_words"])
    example.report("curves.html", WAYS)

    photos = pathlib.Path(os.environ.get("CNCLIP_TEST_DATA", ROOT.parent / "shared" / "data")) / "flickr8k-cn"
    if photos.exists():
        data = write_flickr(photos, example.out / "flickr8k-cn")
        tuned = {way: example.train("flickr", data, "model.scratch=false", f"model.init={model}", name=f"flickr_{way}")
                 for way, model in models.items()}  # fmt: skip
        results["flickr8k-cn"] = {way: example.evaluate(model, data) for way, model in tuned.items()}
        example.report("flickr.html", [f"flickr_{way}" for way in WAYS])

    (example.out / "results.json").write_text(json.dumps(results, indent=2))
    print("towers: " + ", ".join(f"{run} {example.seconds(run):.0f} s" for run in ("english", "masked_words")))
    for name, prefix in (("drawn", ""), ("flickr8k-cn", "flickr_")):
        if name in results:
            table(name, results[name], {way: example.seconds(prefix + way) for way in WAYS})
    print(f"\ncurves: {example.out / 'curves.html'}")


if __name__ == "__main__":
    main()
