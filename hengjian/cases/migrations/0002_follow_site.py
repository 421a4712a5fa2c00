"""What hangs on a site follows its supervising region."""

from django.db import migrations

from hengjian.kernel.database.operations import follow_site


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("registry", "0001_initial")]
    operations = [
        follow_site("cases_problem"),
        follow_site("cases_problem_inquiry"),
        follow_site("cases_inquiry"),
        follow_site("cases_answer"),
    ]
