"""Is this revision slower than another one? gate.py BASE [--head HEAD] [--rounds 5] [--slower 0.07] [--arch ViT-B-16]

Builds both revisions side by side, each in a work tree of its own in a temporary folder, and runs `cnclip bench` of both
in turns. A measurement is slower when its median falls by more than --slower and at least four fifths of the rounds
agree; what is slower is measured anew, and only what is slower again fails (exit 1). --base-program and --head-program
take programs that are built already.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def build(revision, folder):
    """The program of that revision."""
    subprocess.run(["git", "worktree", "add", "--detach", folder, revision], cwd=ROOT, check=True, capture_output=True)
    configure = ["cmake", "--preset", "release", "-DCNCLIP_TESTS=OFF", "-DCNCLIP_BENCHMARKS=OFF", "-DCNCLIP_TORCH=OFF"]
    for command in (configure, ["cmake", "--build", "--preset", "release", "--target", "cnclip_program"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{revision} does not build:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return folder / "build" / "bin" / "cnclip"


def measure(program, options):
    """Items a second by measurement."""
    done = subprocess.run([program, "bench", "--arch", options.arch, "--json"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{program} bench: {done.stderr}")
    speeds = json.loads(done.stdout)["speeds"]
    key = lambda speed: tuple(speed.get(name) for name in ("what", "precision", "batch", "tokens"))
    return {key(speed): speed["per_second"] for speed in speeds}


def in_turns(programs, options):
    """Both sides' rates by measurement, a list of a round each."""
    rates = [{}, {}]
    for turn in range(options.rounds):
        for side in (0, 1) if turn % 2 == 0 else (1, 0):  # neither side always follows the other
            for key, rate in measure(programs[side], options).items():
                rates[side].setdefault(key, []).append(rate)
    return rates


def slower(rates, limit):
    """What is slower at the head, with the ratio of the medians."""
    found = {}
    for key in rates[0].keys() & rates[1].keys():
        base, head = rates[0][key], rates[1][key]
        ratio = statistics.median(head) / statistics.median(base)
        agreeing = sum(after < before for before, after in zip(base, head)) / len(base)
        if ratio < 1 - limit and agreeing >= 0.8:
            found[key] = ratio
    return found


def judge(programs, options):
    first = in_turns(programs, options)
    if not first[0].keys() & first[1].keys():
        sys.exit("the two revisions have no measurement in common")
    for key in sorted(first[0].keys() & first[1].keys(), key=str):
        base, head = (statistics.median(side[key]) for side in first)
        name = " ".join(str(part) for part in key if part)
        print(f"{name:28}{base:12.1f} -> {head:12.1f} a second  {head / base:6.3f}")
    suspects = slower(first, options.slower)
    if suspects:
        print(f"{len(suspects)} slower; measured again", flush=True)
        again = slower(in_turns(programs, options), options.slower)
        suspects = {key: ratio for key, ratio in again.items() if key in suspects}
    for key, ratio in suspects.items():
        print(f"slower, confirmed: {' '.join(str(part) for part in key if part)}: {ratio:.3f} of the base's speed")
    return not suspects


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("base", nargs="?")
    parser.add_argument("--head", default="HEAD")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slower", type=float, default=0.07)
    parser.add_argument("--arch", default="ViT-B-16")
    parser.add_argument("--base-program", type=Path)
    parser.add_argument("--head-program", type=Path)
    options = parser.parse_args()
    if not options.base and not options.base_program:
        parser.error("a base revision, or --base-program")
    with tempfile.TemporaryDirectory() as name:
        trees = [Path(name) / "base", Path(name) / "head"]
        try:
            programs = [options.base_program or build(options.base, trees[0]),
                        options.head_program or build(options.head, trees[1])]
            passed = judge(programs, options)
        finally:
            for tree in trees:
                if tree.exists():
                    subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=False)
    print("no slowdown" if passed else "slower")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
