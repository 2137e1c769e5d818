"""The tools around benchmarks: the gate against slowdowns, and the report."""
import importlib.util
import json
import pathlib
import stat
import subprocess
import sys
import xml.etree.ElementTree

import pytest

BENCHMARKS = pathlib.Path(__file__).resolve().parents[1] / "benchmarks"


def program(folder, name, rates):
    """Stands in for `cnclip bench --json`; answers with one of `rates` after the other."""
    path = folder / name
    path.write_text(f"""#!{sys.executable}
import json, pathlib
state = pathlib.Path({str(folder / (name + ".calls"))!r})
call = len(state.read_text()) if state.exists() else 0
state.write_text("x" * (call + 1))
rates = {rates!r}
line = lambda what, rate: dict(what=what, precision="f32", batch=8, per_second=rate)
print(json.dumps(dict(speeds=[line("images", rates[call % len(rates)]), line("texts", 100.0)])))
""")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


def gate(folder, base, head, *options):
    command = [sys.executable, BENCHMARKS / "gate.py", "--base-program", program(folder, "base", base),
               "--head-program", program(folder, "head", head), *options]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def test_gate_passes_what_is_as_fast(tmp_path):
    done = gate(tmp_path, [100, 103, 98, 101, 99], [99, 98, 103, 100, 101])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no slowdown" in done.stdout


def test_gate_stops_what_is_slower(tmp_path):
    done = gate(tmp_path, [100, 103, 98, 101, 99], [89, 91, 90, 88, 92])
    assert done.returncode == 1, done.stdout + done.stderr
    assert "slower, confirmed: images f32 8" in done.stdout and "texts" not in done.stdout.split("confirmed")[1]


def test_gate_asks_twice(tmp_path):
    # Slow in the first five rounds only: another program took the machine.
    done = gate(tmp_path, [100] * 10, [80] * 5 + [100] * 5)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 slower; measured again" in done.stdout
    # One round of five, however slow, is not a slowdown.
    assert "again" not in gate(tmp_path, [100], [100, 100, 20, 100, 100]).stdout


@pytest.fixture
def report():
    spec = importlib.util.spec_from_file_location("report", BENCHMARKS / "report.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RESULTS = {
    "machine": "a machine",
    "subjects": {"features": {"revision": "abc", "peak_gflops": {"f32": 221.7}, "records": [
        {"title": "32 <pictures>", "seconds": {"peer": 3.0, "cnclip": 1.5}, "items": 32, "unit": "pictures", "mine": "cnclip"}]}},
}  # fmt: skip


def test_report(report, tmp_path):
    (tmp_path / "results.json").write_text(json.dumps(RESULTS))
    subprocess.run([sys.executable, BENCHMARKS / "report.py", tmp_path / "results.json"], check=True)
    text = (tmp_path / "report.md").read_text()
    assert "| peer | 3,000 | 10.7 | 2.00 |" in text and "| **cnclip** | 1,500 | 21.3 |  |" in text
    assert "revision abc; large products of matrices: f32 222 GFLOP/s" in text and "(features-0.svg)" in text
    chart = xml.etree.ElementTree.parse(tmp_path / "features-0.svg").getroot()
    bars = [bar for bar in chart.iter("{http://www.w3.org/2000/svg}rect") if bar.get("x")]
    assert [float(bar.get("width")) for bar in bars] == [190.0, 380.0]


def test_report_into_a_page(report, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.into(page, RESULTS)
    once = page.read_text()
    assert once.startswith("before\n") and once.endswith("\nafter\n") and "old" not in once and "### Features" in once
    report.into(page, RESULTS)
    assert page.read_text() == once
    page.write_text("no marks\n")
    report.into(page, RESULTS)
    assert page.read_text().startswith("no marks\n") and "### Features" in page.read_text()
    page.write_text(f"half a pair {report.BEGIN}")
    with pytest.raises(SystemExit):
        report.into(page, RESULTS)


def test_subjects_that_are_not_run_keep_their_figures(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    spec = importlib.util.spec_from_file_location("benchmarks_run", BENCHMARKS / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "machine", lambda: "a machine")
    monkeypatch.setattr(module, "peaks", lambda: {})
    monkeypatch.setattr(module, "subjects", lambda: ["features", "folder", "gpu"])
    figures = {"folder": [{"title": "new", "seconds": {"cnclip": 1.0}, "items": 1, "unit": "pictures", "mine": "cnclip"}], "gpu": [], "features": None}
    monkeypatch.setattr(module, "run", lambda subject, folder: figures[subject])
    (tmp_path / "results.json").write_text(json.dumps(RESULTS))

    def titles(*subjects):
        monkeypatch.setattr(sys, "argv", ["run.py", "-o", str(tmp_path), *subjects])
        module.main()
        kept = json.loads((tmp_path / "results.json").read_text())["subjects"]
        return {name: [record["title"] for record in result["records"]] for name, result in kept.items()}

    assert titles("folder", "gpu") == {"features": ["32 <pictures>"], "folder": ["new"]}
    with pytest.raises(SystemExit):
        titles("features")
    monkeypatch.setattr(module, "machine", lambda: "another machine")
    assert titles("folder") == {"folder": ["new"]}
