"""Reports and drafts follow the supervising region of their site."""

from django.db import migrations

from hengjian.kernel.database.operations import follow_site


class Migration(migrations.Migration):
    dependencies = [("measures", "0001_initial"), ("registry", "0001_initial")]
    operations = [follow_site("measures_report"), follow_site("measures_draft")]
