"""The reviewed table of verbs and roles as text: ``python -m hengjian.kernel.access.table > docs/permissions.csv``."""

from __future__ import annotations

import csv
import io
import os
import sys

MARK = "x"


def table() -> str:
    """CSV: verb, Chinese name, platform, and one column a role; ``x`` where the role may."""
    from hengjian.kernel.access.declare import ROLES
    from hengjian.kernel.access.registry import verbs

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["verb", "label", "platform", *(r.value for r in ROLES)])
    writer.writerow(["", "", "", *(s.label for s in ROLES.values())])
    for code, verb in sorted(verbs().items()):
        marks = [MARK if role in verb.roles else "" for role in ROLES]
        writer.writerow([code, verb.label, MARK if verb.platform else "", *marks])
    return out.getvalue()


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengjian.config.settings")
    django.setup()
    sys.stdout.write(table())
