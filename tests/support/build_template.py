"""Run as a program by ``tests.support.database``: roles, migrations, access and reference data, as the owner."""

from __future__ import annotations

import os

import django


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "hengjian.config.settings"
    from hengjian.kernel.database.names import LOGINS
    from hengjian.kernel.database.provision import apply_access, create_roles

    create_roles(
        os.environ["TEMPLATE_SUPERUSER_URL"],
        dict.fromkeys(LOGINS, "test"),
        dbname=os.environ["TEMPLATE_NAME"],
    )
    django.setup()
    from django.core.management import call_command

    from hengjian.config.reference import load_reference

    call_command("migrate", verbosity=0)
    apply_access()
    load_reference()


if __name__ == "__main__":
    main()
