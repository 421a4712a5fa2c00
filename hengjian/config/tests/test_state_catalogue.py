from __future__ import annotations

from hengjian.config.state_catalogue import MACHINES, PAGE, page


def test_the_page_is_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: .venv/bin/python -m hengjian.config.state_catalogue"
    )


def test_every_state_and_step_is_on_it() -> None:
    text = page()
    for machine in MACHINES:
        assert all(f"| {label} | `{code}` |" in text for code, label in machine.labels.items())
        assert all(f"`{step.verb}`" in text for step in machine.steps)
        reached = {step.target for step in machine.steps} | set().union(
            *(step.sources for step in machine.steps)
        )
        assert reached == set(machine.labels), "a state that nothing leads to or from"
