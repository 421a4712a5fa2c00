"""What hangs on a site follows its supervising region."""

from django.db import migrations

from hengjian.kernel.database.operations import follow_site


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial"), ("registry", "0001_initial")]
    operations = [
        follow_site("monitoring_alert"),
        follow_site("monitoring_hit"),
        follow_site("monitoring_verdict"),
    ]
