"""What the comparisons share: where things are, sides that run in processes of their own, turns, medians.

A side is a program that answers every line on its standard input with one line; the first word of the answer is the
seconds that the work took. Sides take turns, so that a machine whose speed drifts drifts for all of them.
"""
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "bin"
DATA = Path(os.environ.get("CNCLIP_TEST_DATA", ROOT.parent / "shared" / "data"))
CORES = os.cpu_count()


class Side:
    def __init__(self, name, command, **environment):
        self.name = name
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env={**os.environ, **environment})

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended while it was asked: {words}")
        return answer.split()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def in_turns(sides, question, rounds):
    """Median seconds by side's name. One question to each side warms it up."""
    seconds = {side.name: [] for side in sides}
    for turn in range(rounds + 1):
        for side in sides:
            answer = float(side.ask(*question)[0])
            if turn:
                seconds[side.name].append(answer)
    return {name: statistics.median(values) for name, values in seconds.items()}


def record(title, seconds, items, unit, mine="cnclip"):
    """Keeps a result for benchmarks/report.py, where benchmarks/run.py asks for that."""
    if "CNCLIP_BENCH_RECORD" in os.environ:
        with open(os.environ["CNCLIP_BENCH_RECORD"], "a") as file:
            file.write(json.dumps(dict(title=title, seconds=seconds, items=items, unit=unit, mine=mine)) + "\n")


def table(title, seconds, items, unit, mine="cnclip"):
    """Prints the sides of `seconds`, and how many times as fast as each of them `mine` is."""
    record(title, seconds, items, unit, mine)
    print(f"\n{title}")
    for name, value in seconds.items():
        ratio = "" if name == mine else f"   {mine} is {value / seconds[mine]:6.2f} times as fast"
        print(f"  {name:32}{value * 1e3:10.1f} ms {items / value:10.1f} {unit}/s{ratio}")


def rivals(*packages):
    """Python of an environment that has these packages and those of the one that this runs in. Made when it is first asked
    for, beside the project's own dependencies: nothing that the project needs is touched."""
    deps = subprocess.run([ROOT / "scripts" / "deps_dir.sh"], capture_output=True, text=True, check=True).stdout.strip()
    folder = Path(deps) / f"rivals-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    if not (folder / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        site = next(folder.glob("lib/python3*/site-packages"))
        (site / "beside.pth").write_text(next(path for path in sys.path if path.endswith("site-packages")) + "\n")
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages], check=True)
        (folder / "done").touch()
    return python


def has(flag):
    """Whether the processor says that it can do this."""
    return f" {flag}" in Path("/proc/cpuinfo").read_text()


def openblas():
    """Settings for a peer that brings an OpenBLAS of its own: older than a processor, it would take kernels without AVX."""
    core = "SkylakeX" if has("avx512f") else "Haswell" if has("avx2") else None
    return {"OPENBLAS_CORETYPE": core} if core else {}


def peaks():
    """What the machine multiplies at most, by precision: operations a second, in thousand millions."""
    done = subprocess.run([BIN / "cnclip", "bench", "--arch", "tiny", "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout).get("peak_gflops", {})


def machine():
    models = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    kinds = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16") if has(flag)]
    return f"{models[0] if models else platform.processor()}, {CORES} cores, {' '.join(kinds)}"
