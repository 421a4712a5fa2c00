"""``python -m hengjian.config.demo``: load the demo under the worker's login; a line for each step."""

from __future__ import annotations

from hengjian.config.cli.base import setup


def main() -> None:
    """Load for today."""
    setup("worker")
    from hengjian.config.demo.load import load_demo
    from hengjian.kernel.calendar import clock

    load_demo(clock.today(), say=lambda text: print(text, flush=True))


if __name__ == "__main__":
    main()
