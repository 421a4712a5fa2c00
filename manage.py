"""Django's own commands, for development; an installation uses ``hengjian``.

Without HENGJIAN_DATABASE_URL the settings of the last ``make demo`` are used (data/demo/env).
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parent / "data" / "demo" / "env"


def main() -> None:
    """Run a command as the owner of the database, unless HENGJIAN_PROCESS says otherwise."""
    if "HENGJIAN_DATABASE_URL" not in os.environ and DEMO.exists():
        for word in shlex.split(DEMO.read_text(encoding="utf-8")):
            name, equals, value = word.partition("=")
            if equals:
                os.environ.setdefault(name, value)
    os.environ.setdefault("HENGJIAN_PROCESS", "owner")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengjian.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
