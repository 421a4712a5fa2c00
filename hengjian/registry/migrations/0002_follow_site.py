"""Children of a site follow its supervising region."""

from django.db import migrations

from hengjian.kernel.database.operations import follow_site


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [
        follow_site(t)
        for t in (
            "registry_site_source",
            "registry_site_industry",
            "registry_line",
            "registry_output_control",
            "registry_project",
            "registry_meter",
        )
    ]
