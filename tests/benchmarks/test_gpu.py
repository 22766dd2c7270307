"""`make gpu`, with tiny commands in place of its parts, and without a GPU."""

import pytest
import torch

from benchmarks import gpu
from benchmarks.gpu import Part, run_all

ROWS = [("GPU 0", "a fast one, driver 1.2"), ("commit", "abc")]


def parts(folder):
    table = folder / "table.md"
    return [
        Part("First", "-c \"import sys; print('said'); print('warned', file=sys.stderr); sys.exit(3)\""),
        Part("Second", f"-c \"open('{table}', 'w').write('| BLEU |\\n')\"", table),
        Part("Third", "-c \"print(*range(500), sep='\\n')\""),
    ]


def test_a_part_that_fails_stops_no_other_and_stands_in_the_report(tmp_path, capfd):
    report = tmp_path / "results" / "gpu.md"
    outcomes = run_all(parts(tmp_path), ROWS, report)
    assert [outcome.status for outcome in outcomes] == [3, 0, 0]
    text = report.read_text(encoding="utf-8")
    assert "| GPU 0 | a fast one, driver 1.2 |\n| commit | abc |\n" in text
    found = [line.split(" | ")[:2] for line in text.splitlines() if line.endswith(" s |")]
    assert found == [["| First", "**failed**, exit status 3"], ["| Second", "passed"], ["| Third", "passed"]]
    assert {"said", "warned", "| BLEU |", "499"} <= set(text.splitlines())
    assert "\n439\n" not in text  # Only the end of a long output.
    assert "\n439\n" in capfd.readouterr().out


def test_the_report_is_written_after_each_part(tmp_path, monkeypatch):
    report, run = tmp_path / "gpu.md", gpu.run

    def interrupted(part):
        if part.title == "Second":
            raise KeyboardInterrupt
        return run(part)

    monkeypatch.setattr(gpu, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_all(parts(tmp_path), ROWS, report)
    assert "| First | **failed**" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(("arguments", "status"), [("-c pass", 0), ('-c "raise SystemExit(5)"', 1)])
def test_the_exit_status_says_whether_a_part_failed(arguments, status, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(gpu, "PARTS", [Part("Only", arguments)])
    monkeypatch.setattr(gpu, "REPORT", tmp_path / "gpu.md")
    monkeypatch.setattr(gpu, "EXPERIMENT", tmp_path / "gpu")
    with pytest.raises(SystemExit) as ended:
        gpu.main()
    assert ended.value.code == status
    report = (tmp_path / "gpu.md").read_text(encoding="utf-8")
    assert all(f"| {name} | " in report for name in ("CUDA of torch", "processor", "commit", "packages", "started"))


def test_without_a_gpu_there_is_one_line_and_nothing_else(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(gpu, "REPORT", tmp_path / "gpu.md")
    with pytest.raises(SystemExit) as ended:
        gpu.main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith("benchmarks.gpu: no CUDA device here")
    assert not list(tmp_path.iterdir())
