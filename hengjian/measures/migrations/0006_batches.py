"""Batches of reports and their refused rows; what officials may take over."""

import django.db.models.deletion
import django.db.models.expressions
import hengjian.kernel.database.ids
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


# Officials also take over files of the organs that made the figures (permissions.TAKEN_OVER); never a report of an
# enterprise or its resident supervisor, which an approved correction alone may change.
_TAKEN_OVER = "'grid', 'statistics', 'tax', 'water', 'cems', 'team'"
_TRIGGER = """
DROP TRIGGER measures_report_by_approval ON measures_report;
CREATE TRIGGER measures_report_by_approval BEFORE INSERT ON measures_report
    FOR EACH ROW WHEN (current_user = 'hj_staff'{more}) EXECUTE FUNCTION measures_report_by_approval();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("measures", "0005_readings"),
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_comment="made by the sender",
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("enterprise", "企业填报"),
                            ("resident", "驻企监督员填报"),
                            ("meter", "在线计量"),
                            ("grid", "电网企业"),
                            ("team", "现场核查"),
                            ("statistics", "统计调查"),
                            ("tax", "税务"),
                            ("water", "供水与水务"),
                            ("cems", "烟气在线监测"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("json", "JSON"), ("csv", "CSV"), ("xlsx", "Excel")], max_length=4
                    ),
                ),
                ("file_name", models.CharField(blank=True, max_length=160)),
                ("sha256", models.CharField(db_comment="of the bytes received", max_length=64)),
                (
                    "reports_sha256",
                    models.CharField(
                        db_comment="over the hashes of the reports in the order of the rows",
                        max_length=64,
                    ),
                ),
                (
                    "partial",
                    models.BooleanField(
                        db_comment="good rows were kept although others were refused"
                    ),
                ),
                ("rows", models.PositiveIntegerField()),
                ("created", models.PositiveIntegerField()),
                ("replayed", models.PositiveIntegerField()),
                ("refused", models.PositiveIntegerField()),
                ("first_period", models.DateField(null=True)),
                ("last_period", models.DateField(null=True)),
                ("received_at", models.DateTimeField(db_comment="server time")),
                (
                    "sent_at",
                    models.DateTimeField(
                        db_comment="sender's clock; informs, never decides", null=True
                    ),
                ),
                ("account_id", models.BigIntegerField(db_comment="null: the platform", null=True)),
                ("sender_name", models.CharField(max_length=60)),
                ("sender_post", models.CharField(blank=True, max_length=120)),
                (
                    "region",
                    models.ForeignKey(
                        db_comment="of the sender or the uploading post",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "db_table": "measures_batch",
                "ordering": ("-received_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="RefusedRow",
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
                    "account_id",
                    models.BigIntegerField(db_comment="the batch's, for scope", null=True),
                ),
                ("number", models.PositiveIntegerField(db_comment="row as the sender sees it")),
                (
                    "text",
                    models.TextField(db_comment="as sent: the JSON of the row or its cells as CSV"),
                ),
                ("faults", models.JSONField(db_comment="list of field, message id and data")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refused_rows",
                        to="measures.batch",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        db_comment="the batch's, for scope",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "db_table": "measures_refused_row",
                "ordering": ("batch_id", "number"),
            },
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["region", "-received_at"], name="measures_batch_region"),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(
                fields=["account_id", "-received_at"], name="measures_batch_account"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "rows",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("created"), "+", models.F("replayed")
                            ),
                            "+",
                            models.F("refused"),
                        ),
                    )
                ),
                name="measures_batch_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("partial", True), ("refused", 0), _connector="OR"),
                name="measures_batch_whole",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="batch",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8b52acd6c077734d3d065f6a5a804609b183534b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_864dc",
                    table="measures_batch",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="batch",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'measures_batch is append-only';",
                    hash="a34fb9b74e79cb2f9f7641bc94539da111410955",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_b7722",
                    table="measures_batch",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="refusedrow",
            constraint=models.UniqueConstraint(
                fields=("batch", "number"), name="measures_refused_row_once"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refusedrow",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="0a5504f5c34feda6540b50978051287d8f936c60",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ed31c",
                    table="measures_refused_row",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refusedrow",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'measures_refused_row is append-only';",
                    hash="8a043330cb00307625829efa86185c9951765073",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_1520f",
                    table="measures_refused_row",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(
            sql=_TRIGGER.format(more=f" AND NEW.source NOT IN ({_TAKEN_OVER})"),
            reverse_sql=_TRIGGER.format(more=""),
        ),
    ]
