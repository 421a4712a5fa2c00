"""A duty's sphere equals its account's, for ever: an administrator's account holds no business duty."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]
    operations = [
        migrations.RunSQL(
            sql="ALTER TABLE access_duty ADD CONSTRAINT access_duty_sphere_of_account FOREIGN KEY (account_id, sphere) "
            "REFERENCES access_account (id, sphere) ON UPDATE RESTRICT DEFERRABLE INITIALLY IMMEDIATE",
            reverse_sql="ALTER TABLE access_duty DROP CONSTRAINT access_duty_sphere_of_account",
        )
    ]
