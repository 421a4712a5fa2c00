"""Annual output plans, append-only."""

import django.db.models.deletion
import hengjian.kernel.database.ids
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from hengjian.kernel.database.operations import follow_site


class Migration(migrations.Migration):
    dependencies = [
        ("regions", "0001_initial"),
        ("registry", "0003_files_follow_site"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutputPlan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hengjian.kernel.database.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "product",
                    models.CharField(
                        db_comment="product code of measures' daily form", max_length=40
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("revision", models.PositiveSmallIntegerField()),
                (
                    "amount",
                    models.DecimalField(
                        db_comment="for the whole year", decimal_places=6, max_digits=24
                    ),
                ),
                ("unit", models.CharField(db_comment="unit code of measures", max_length=20)),
                (
                    "basis",
                    models.CharField(db_comment="document that sets the plan", max_length=200),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, db_comment="why changed; empty at first", max_length=200
                    ),
                ),
                ("set_account", models.BigIntegerField(db_comment="null: the platform", null=True)),
                ("set_name", models.CharField(max_length=60)),
                ("set_post", models.CharField(blank=True, max_length=120)),
                (
                    "set_at",
                    models.DateTimeField(
                        db_comment="server time; rules know the plan from then on"
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.enterprise",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.site",
                    ),
                ),
            ],
            options={
                "db_table": "registry_output_plan",
                "ordering": ("-year", "product", "-revision"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "product", "year", "revision"),
                        name="registry_output_plan_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="registry_output_plan_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("year__range", (2000, 2100))),
                        name="registry_output_plan_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("basis", ""), _negated=True),
                            models.Q(("unit", ""), _negated=True),
                        ),
                        name="registry_output_plan_basis",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), ("revision", 1)),
                            models.Q(("revision__gt", 1), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="registry_output_plan_reason",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="outputplan",
            trigger=pgtrigger.compiler.Trigger(
                name="no_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="b68d076aed6b90faddaa9b04f2be20b2570aad75",
                    operation="DELETE",
                    pgid="pgtrigger_no_delete_474d9",
                    table="registry_output_plan",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="outputplan",
            trigger=pgtrigger.compiler.Trigger(
                name="only_region_follows",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."basis" IS DISTINCT FROM (NEW."basis") OR OLD."enterprise_id" IS DISTINCT FROM (NEW."enterprise_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."product" IS DISTINCT FROM (NEW."product") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."revision" IS DISTINCT FROM (NEW."revision") OR OLD."set_account" IS DISTINCT FROM (NEW."set_account") OR OLD."set_at" IS DISTINCT FROM (NEW."set_at") OR OLD."set_name" IS DISTINCT FROM (NEW."set_name") OR OLD."set_post" IS DISTINCT FROM (NEW."set_post") OR OLD."site_id" IS DISTINCT FROM (NEW."site_id") OR OLD."unit" IS DISTINCT FROM (NEW."unit") OR OLD."year" IS DISTINCT FROM (NEW."year"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="a5a79afa9a0098bc1e519b7a7f7fe93f563a437e",
                    operation="UPDATE",
                    pgid="pgtrigger_only_region_follows_b7cae",
                    table="registry_output_plan",
                    when="BEFORE",
                ),
            ),
        ),
        follow_site("registry_output_plan"),
    ]
