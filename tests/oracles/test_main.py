"""`python -m lara_verify.oracles`: two plain tables, and an exit code that says whether all rows are ok."""

from lara_verify.oracles import __main__ as command
from lara_verify.oracles.pins import all_pins, bias_rates

FEW = list(all_pins())[:3]
RATES = list(bias_rates())


def run(monkeypatch, capsys, pins=FEW, rates=RATES):
    monkeypatch.setattr(command, "all_pins", lambda: iter(pins))
    monkeypatch.setattr(command, "bias_rates", lambda: iter(rates))
    code = command.main()
    return code, capsys.readouterr().out.splitlines()


def test_all_ok_is_zero(monkeypatch, capsys):
    code, lines = run(monkeypatch, capsys)
    assert code == 0
    assert lines[-1] == f"3 pins and {sum(row.ok is not None for row in RATES)} rates: all ok"


def test_tables_are_plain_lines_of_even_columns(monkeypatch, capsys):
    _, lines = run(monkeypatch, capsys)
    heads = [i for i, line in enumerate(lines) if line.startswith(("oracle ", "proposal "))]
    assert len(heads) == 2
    pins = lines[heads[0] + 1 : heads[0] + 4]
    assert [line.split("  ")[0] for line in pins] == [pin.oracle for pin in FEW]
    assert {line.index("yes") for line in pins} == {lines[heads[0]].rindex("ok")}
    assert len(lines[heads[1] + 1 :]) == len(RATES) + 2
    assert all("\x1b" not in line for line in lines)


def test_one_wrong_pin_is_named_and_exits_with_one(monkeypatch, capsys):
    first, second = FEW[0].answers()
    broken = FEW[0]._replace(answers=lambda: (-first, second))
    code, lines = run(monkeypatch, capsys, pins=[broken, *FEW[1:]])
    assert code == 1
    assert lines[-1].endswith(f"not ok: {broken.name}")
    assert sum(line.endswith("NO") for line in lines) == 1


def test_one_wrong_rate_exits_with_one(monkeypatch, capsys):
    broken = RATES[-1]._replace(ok=False)
    code, lines = run(monkeypatch, capsys, rates=[*RATES[:-1], broken])
    assert code == 1
    assert lines[-1].endswith(f"not ok: S bias, {broken.proposal}, S = 4096")
