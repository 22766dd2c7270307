"""The benchmark of scale runs every command at a small size. No test checks a time."""

from benchmarks.scale import main


def test_every_command_has_a_line(capsys):
    main(runs=2, pairs=1_000)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0].strip() for line in lines[2:]] == ["prepare", "snakemake -n", "plan", "status", "doctor"]
    assert all(float(number) > 0 for line in lines[2:] for number in line.split()[-3:])
