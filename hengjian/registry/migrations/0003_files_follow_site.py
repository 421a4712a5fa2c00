"""Files of a site follow its supervising region; files without a site pass."""

from django.db import migrations

from hengjian.kernel.database.operations import follow_site


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_follow_site"), ("files", "0002_resident_site")]
    operations = [follow_site("files_file", column="site")]
