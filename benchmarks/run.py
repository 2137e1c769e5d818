"""All comparisons, or those named, and one report of them: run.py [SUBJECT...] [-o build/bench] [--docs]

Every folder of benchmarks/compare with a run.py is a subject. One that fails is named in the end; the others are reported all
the same, and those that are not named keep what an earlier run on this machine found. With --docs, docs/performance.md gets
the tables.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = "results.json"
sys.path[:0] = [str(HERE), str(HERE / "compare")]
import report
from common import ROOT, machine, peaks


def subjects():
    return sorted(path.parent.name for path in HERE.glob("compare/*/run.py"))


def revision():
    ask = lambda *words: subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return ask("rev-parse", "--short", "HEAD") + (" with changes" if ask("status", "--porcelain", "-uno") else "")


def run(subject, folder, options=()):
    """The records of one subject; None where it failed."""
    records = folder / f"{subject}.jsonl"
    records.unlink(missing_ok=True)
    print(f"== {subject}", flush=True)
    with open(folder / f"{subject}.txt", "w") as log:
        process = subprocess.Popen([sys.executable, HERE / "compare" / subject / "run.py", *options], text=True,
                                   stdout=subprocess.PIPE, env={**os.environ, "CNCLIP_BENCH_RECORD": str(records)})
        for line in process.stdout:
            log.write(line)
            print(line, end="", flush=True)
    if process.wait():
        return None
    return [json.loads(line) for line in records.read_text().splitlines()] if records.exists() else []


def earlier(folder):
    """What is there of this machine."""
    results = json.loads((folder / RESULTS).read_text()) if (folder / RESULTS).exists() else {}
    return results if results.get("machine") == machine() else {"machine": machine(), "subjects": {}}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("subjects", nargs="*")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--docs", action="store_true")
    options = parser.parse_args()
    unknown = set(options.subjects) - set(subjects())
    if unknown:
        parser.error(f"no such subject: {', '.join(sorted(unknown))}; there are {', '.join(subjects())}")
    options.output.mkdir(parents=True, exist_ok=True)
    results = earlier(options.output)
    failed = []
    for subject in options.subjects or subjects():
        results["subjects"].pop(subject, None)
        most = peaks()
        records = run(subject, options.output)
        if records is None:
            failed.append(subject)
        elif records:
            results["subjects"][subject] = {"revision": revision(), "peak_gflops": most, "records": records}
        (options.output / RESULTS).write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    report.write(results, options.output)
    if options.docs:
        report.into(ROOT / "docs" / "performance.md", results)
    print(f"\nreport: {options.output / 'report.md'}")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
