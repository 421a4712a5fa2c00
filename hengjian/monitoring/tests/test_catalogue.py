from dataclasses import replace

from hengjian.monitoring.catalogue import PAGE, page
from hengjian.monitoring.detectors import rules
from hengjian.monitoring.parameters import load


def test_the_page_is_what_the_detectors_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(load()), (
        "run: .venv/bin/python -m hengjian.monitoring.catalogue"
    )


def test_a_changed_parameter_changes_the_page() -> None:
    seed = load()
    changed = replace(seed, rows=(replace(seed.rows[0], value="31"), *seed.rows[1:]))
    assert page(changed) != page(seed)


def test_every_detector_and_parameter_is_on_it() -> None:
    text = page(load())
    for code, detector in rules().items():
        assert f"## {code} {detector.title}" in text
        assert all(f"`{name}`" in text for name in detector.parameters)
    assert all(f"| `{row.name}` | {row.scope} | {row.value} |" in text for row in load().rows)
