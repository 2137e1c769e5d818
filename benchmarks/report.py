"""One report of what run.py measured, subject by subject: Markdown, and a chart (SVG) for each table.

usage: report.py RESULTS.json [-o FOLDER] [--docs DOCS.md]
"""
import argparse
import html
import json
import re
from pathlib import Path

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
WIDTH, ROW, LABEL, BAR = 760, 26, 260, 380  # of charts, in pixels


def significant(value):
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def head(subject, result):
    peaks = ", ".join(f"{name} {significant(value)} GFLOP/s" for name, value in result["peak_gflops"].items())
    return f"### {subject.capitalize()}\n\n`benchmarks/run.py {subject}`, revision {result['revision']}" + \
        (f"; large products of matrices: {peaks}" if peaks else "")


def table(record):
    seconds, mine = record["seconds"], record["mine"]
    lines = [f"| {record['title']} | milliseconds | {record['unit']}/s | times as fast: {mine} |", "|---|---|---|---|"]
    for name, value in sorted(seconds.items(), key=lambda item: -item[1]):
        ratio = "" if name == mine else f"{value / seconds[mine]:.2f}"
        label = f"**{name}**" if name == mine else name
        lines.append(f"| {label} | {significant(value * 1e3)} | {significant(record['items'] / value)} | {ratio} |")
    return "\n".join(lines)


def chart(record):
    """Bars of items a second, the fastest last; ours is dark."""
    rates = sorted(((record["items"] / value, name) for name, value in record["seconds"].items()))
    most = rates[-1][0]
    height = ROW * (len(rates) + 1) + 12
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="13">',
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
             f'<text x="8" y="18" font-weight="bold">{html.escape(record["title"])}, {html.escape(record["unit"])} a second</text>']
    for row, (rate, name) in enumerate(rates):
        top = ROW * (row + 1) + 4
        width = max(1.0, BAR * rate / most)
        color = "#1d4e89" if name == record["mine"] else "#a9b8c9"
        parts += [f'<text x="{LABEL - 8}" y="{top + 14}" text-anchor="end">{html.escape(name)}</text>',
                  f'<rect x="{LABEL}" y="{top}" width="{width:.1f}" height="{ROW - 8}" fill="{color}"/>',
                  f'<text x="{LABEL + width + 6:.1f}" y="{top + 14}">{significant(rate)}</text>']
    return "\n".join([*parts, "</svg>"]) + "\n"


def file_name(subject, number):
    return f"{subject}-{number}.svg"


def markdown(results, charts):
    parts = [f"Measured on {results['machine']}."]
    for subject, result in sorted(results["subjects"].items()):
        parts.append(head(subject, result))
        for number, record in enumerate(result["records"]):
            parts.append(table(record))
            if charts:
                parts.append(f"![{record['title']}]({file_name(subject, number)})")
    return "\n\n".join(parts) + "\n"


def write(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for subject, result in results["subjects"].items():
        for number, record in enumerate(result["records"]):
            (folder / file_name(subject, number)).write_text(chart(record))
    (folder / "report.md").write_text("# Benchmarks\n\n" + markdown(results, charts=True))


def into(docs, results):
    """What stands between the two marks of `docs`, at its end if they are not there yet, becomes the tables of this run."""
    text = docs.read_text()
    if BEGIN not in text and END not in text:
        text += f"\n## All comparisons\n\n{BEGIN}\n{END}\n"
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{docs}: the marks {BEGIN} and {END} must stand in it once each")
    body = f"{BEGIN}\n{markdown(results, charts=False)}{END}"
    docs.write_text(re.sub(re.escape(BEGIN) + ".*" + re.escape(END), lambda _: body, text, flags=re.S))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--docs", type=Path)
    options = parser.parse_args()
    results = json.loads(options.results.read_text())
    write(results, options.output or options.results.parent)
    if options.docs:
        into(options.docs, results)


if __name__ == "__main__":
    main()
