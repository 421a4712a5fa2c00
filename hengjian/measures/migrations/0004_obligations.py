"""Obligations, reminders and corrections; the index of the status board."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import hengjian.kernel.database.ids
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

from hengjian.kernel.database.operations import follow_site

# Officials hold INSERT on reports for one thing only: the revision that an approved correction makes.
GUARD = """
CREATE FUNCTION measures_report_by_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM measures_correction c
        WHERE c.made_report = NEW.id AND c.state = 'approved' AND c.site_id = NEW.site_id
          AND c.form = NEW.form AND c.period = NEW.period AND c.source = NEW.source
          AND c.base_revision + 1 = NEW.revision AND c.quantities = NEW.quantities
    ) THEN
        RAISE EXCEPTION 'measures_report: an official inserts only what an approved correction says';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER measures_report_by_approval BEFORE INSERT ON measures_report
    FOR EACH ROW WHEN (current_user = 'hj_staff') EXECUTE FUNCTION measures_report_by_approval();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("measures", "0003_forms_and_review"),
        ("regions", "0001_initial"),
        ("registry", "0003_files_follow_site"),
    ]

    operations = [
        # Trusted since PostgreSQL 13: the owner of the database may make it.
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Correction",
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
                ("form", models.CharField(max_length=20)),
                ("period", models.DateField()),
                ("source", models.CharField(max_length=12)),
                ("base_revision", models.PositiveSmallIntegerField()),
                (
                    "quantities",
                    models.JSONField(
                        db_comment="item: {value: decimal as text, unit}; as proposed"
                    ),
                ),
                (
                    "remarks",
                    models.JSONField(
                        db_comment="stop_kind, expected_end, explanation; as proposed", default=dict
                    ),
                ),
                (
                    "energy_tce",
                    models.DecimalField(
                        db_comment="as proposed, calorific, tce",
                        decimal_places=6,
                        max_digits=24,
                        null=True,
                    ),
                ),
                (
                    "energy_tce_primary",
                    models.DecimalField(
                        db_comment="as proposed, equivalent, tce",
                        decimal_places=6,
                        max_digits=24,
                        null=True,
                    ),
                ),
                (
                    "coal_t",
                    models.DecimalField(
                        db_comment="as proposed, t", decimal_places=6, max_digits=24, null=True
                    ),
                ),
                (
                    "co2_t",
                    models.DecimalField(
                        db_comment="as proposed, t", decimal_places=6, max_digits=24, null=True
                    ),
                ),
                ("reason", models.TextField()),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("none", "无需审批"),
                            ("county_city", "县级或市级审批"),
                            ("province", "省级审批"),
                        ],
                        db_comment="when asked; once decided, the level that decided",
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "待审批"),
                            ("approved", "已批准"),
                            ("refused", "未批准"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("asked_account", models.BigIntegerField()),
                ("asked_name", models.CharField(max_length=60)),
                ("asked_post", models.CharField(blank=True, max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("decided_account", models.BigIntegerField(null=True)),
                ("decided_name", models.CharField(blank=True, max_length=60)),
                ("decided_post", models.CharField(blank=True, max_length=120)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_reason", models.TextField(blank=True)),
                (
                    "made_report",
                    models.UUIDField(
                        db_comment="the revision made on approval", null=True, unique=True
                    ),
                ),
                (
                    "base",
                    models.ForeignKey(
                        db_comment="the revision that is to be replaced",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="measures.report",
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
                (
                    "enterprise_sees",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(source="enterprise", then=models.F("enterprise")),
                            default=None,
                        ),
                        output_field=models.UUIDField(null=True),
                    ),
                ),
                (
                    "resident_sees",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(source="resident", then=models.F("site")), default=None
                        ),
                        output_field=models.UUIDField(null=True),
                    ),
                ),
            ],
            options={
                "db_table": "measures_correction",
                "ordering": ("-asked_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="Obligation",
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
                ("form", models.CharField(max_length=20)),
                ("source", models.CharField(max_length=12)),
                ("valid_from", models.DateField()),
                (
                    "valid_to",
                    models.DateField(
                        db_comment="last day; the day before valid_from: void", null=True
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("rule", "按规则派生"),
                            ("import", "名录导入"),
                            ("official", "人工指定"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        db_comment="clause or document that requires the form", max_length=200
                    ),
                ),
                (
                    "needs_review",
                    models.BooleanField(
                        db_comment="filled in by one person, reviewed by another before it is sent",
                        default=False,
                    ),
                ),
                (
                    "made_account",
                    models.BigIntegerField(db_comment="null: the platform", null=True),
                ),
                ("made_name", models.CharField(max_length=60)),
                ("made_post", models.CharField(blank=True, max_length=120)),
                ("made_at", models.DateTimeField()),
                ("ended_name", models.CharField(blank=True, max_length=60)),
                ("ended_post", models.CharField(blank=True, max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
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
                (
                    "enterprise_sees",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(source="enterprise", then=models.F("enterprise")),
                            default=None,
                        ),
                        output_field=models.UUIDField(null=True),
                    ),
                ),
                (
                    "resident_sees",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(source="resident", then=models.F("site")), default=None
                        ),
                        output_field=models.UUIDField(null=True),
                    ),
                ),
            ],
            options={
                "db_table": "measures_obligation",
                "ordering": ("site_id", "form", "valid_from", "id"),
            },
        ),
        migrations.CreateModel(
            name="Reminder",
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
                ("form", models.CharField(max_length=20)),
                ("period", models.DateField()),
                ("source", models.CharField(max_length=12)),
                ("text", models.CharField(max_length=200)),
                (
                    "automatic",
                    models.BooleanField(db_comment="by the platform when the deadline passed"),
                ),
                (
                    "day",
                    models.DateField(
                        db_comment="of the province; one a day from people, one from the platform"
                    ),
                ),
                ("sent_at", models.DateTimeField()),
                ("by_account", models.BigIntegerField(db_comment="null: the platform", null=True)),
                ("by_name", models.CharField(max_length=60)),
                ("by_post", models.CharField(blank=True, max_length=120)),
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
                (
                    "enterprise_sees",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(source="enterprise", then=models.F("enterprise")),
                            default=None,
                        ),
                        output_field=models.UUIDField(null=True),
                    ),
                ),
                (
                    "resident_sees",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(source="resident", then=models.F("site")), default=None
                        ),
                        output_field=models.UUIDField(null=True),
                    ),
                ),
            ],
            options={
                "db_table": "measures_reminder",
                "ordering": ("-sent_at", "id"),
            },
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("revision", 1)),
                fields=["form", "source", "period"],
                include=("site", "region", "received_at", "zero_report"),
                name="measures_report_first",
            ),
        ),
        migrations.AddIndex(
            model_name="correction",
            index=models.Index(
                fields=["region", "state", "-asked_at"], name="measures_correction_region"
            ),
        ),
        migrations.AddIndex(
            model_name="correction",
            index=models.Index(fields=["base"], name="measures_correction_base"),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "pending")),
                fields=("site", "form", "period", "source"),
                name="measures_correction_one_pending",
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "approved", "refused", "withdrawn"])),
                name="measures_correction_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["county_city", "province"])),
                name="measures_correction_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    models.Q(("quantities", {}), _negated=True),
                ),
                name="measures_correction_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_account", None),
                        ("decided_at", None),
                        ("decision_reason", ""),
                        ("state", "pending"),
                    ),
                    models.Q(
                        models.Q(("state", "pending"), _negated=True), ("decided_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="measures_correction_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["pending", "withdrawn"]),
                    models.Q(
                        ("decided_account__isnull", False),
                        models.Q(("decision_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="measures_correction_reasoned",
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(("decided_account", models.F("asked_account")), _negated=True),
                    _connector="OR",
                ),
                name="measures_correction_other_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("made_report__isnull", False), ("state", "approved")),
                    models.Q(models.Q(("state", "approved"), _negated=True), ("made_report", None)),
                    _connector="OR",
                ),
                name="measures_correction_made",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correction",
            trigger=pgtrigger.compiler.Trigger(
                name="no_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="4afc1c92d6427723942376b0bd05a63b4e395588",
                    operation="DELETE",
                    pgid="pgtrigger_no_delete_4f756",
                    table="measures_correction",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correction",
            trigger=pgtrigger.compiler.Trigger(
                name="decided_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.state <> 'pending' AND ROW(OLD.state, OLD.level, OLD.decided_account, OLD.decided_name, OLD.decided_post, OLD.decided_at, OLD.decision_reason, OLD.made_report) IS DISTINCT FROM ROW(NEW.state, NEW.level, NEW.decided_account, NEW.decided_name, NEW.decided_post, NEW.decided_at, NEW.decision_reason, NEW.made_report))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="b3ccafb902dc7379ba6f9688add6b054d527e828",
                    operation="UPDATE",
                    pgid="pgtrigger_decided_once_73625",
                    table="measures_correction",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correction",
            trigger=pgtrigger.compiler.Trigger(
                name="as_asked",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."asked_account" IS DISTINCT FROM (NEW."asked_account") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_name" IS DISTINCT FROM (NEW."asked_name") OR OLD."asked_post" IS DISTINCT FROM (NEW."asked_post") OR OLD."base_id" IS DISTINCT FROM (NEW."base_id") OR OLD."base_revision" IS DISTINCT FROM (NEW."base_revision") OR OLD."co2_t" IS DISTINCT FROM (NEW."co2_t") OR OLD."coal_t" IS DISTINCT FROM (NEW."coal_t") OR OLD."energy_tce" IS DISTINCT FROM (NEW."energy_tce") OR OLD."energy_tce_primary" IS DISTINCT FROM (NEW."energy_tce_primary") OR OLD."enterprise_id" IS DISTINCT FROM (NEW."enterprise_id") OR OLD."form" IS DISTINCT FROM (NEW."form") OR OLD."period" IS DISTINCT FROM (NEW."period") OR OLD."quantities" IS DISTINCT FROM (NEW."quantities") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."remarks" IS DISTINCT FROM (NEW."remarks") OR OLD."site_id" IS DISTINCT FROM (NEW."site_id") OR OLD."source" IS DISTINCT FROM (NEW."source"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="4182f0482ae98342d7dc735be7065b36960bf0a9",
                    operation="UPDATE",
                    pgid="pgtrigger_as_asked_e2123",
                    table="measures_correction",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="obligation",
            index=models.Index(
                fields=["form", "source", "region"], name="measures_obligation_form"
            ),
        ),
        migrations.AddConstraint(
            model_name="obligation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=(
                    (
                        django.contrib.postgres.indexes.OpClass(models.F("site"), "gist_uuid_ops"),
                        "=",
                    ),
                    (
                        django.contrib.postgres.indexes.OpClass(models.F("form"), "gist_text_ops"),
                        "=",
                    ),
                    (
                        django.contrib.postgres.indexes.OpClass(
                            models.F("source"), "gist_text_ops"
                        ),
                        "=",
                    ),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.Func(
                                models.F("valid_to"),
                                output_field=models.DateField(),
                                template="(%(expressions)s + 1)",
                            ),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                            template="%(function)s(%(expressions)s, '[)')",
                        ),
                        "&&",
                    ),
                ),
                name="measures_obligation_apart",
            ),
        ),
        migrations.AddConstraint(
            model_name="obligation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to", None),
                    (
                        "valid_to__gte",
                        models.Func(
                            models.F("valid_from"),
                            output_field=models.DateField(),
                            template="(%(expressions)s - 1)",
                        ),
                    ),
                    _connector="OR",
                ),
                name="measures_obligation_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="obligation",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["rule", "import", "official"])),
                name="measures_obligation_origin",
            ),
        ),
        migrations.AddConstraint(
            model_name="obligation",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis", ""), _negated=True), name="measures_obligation_basis"
            ),
        ),
        migrations.AddConstraint(
            model_name="obligation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_reason", ""), ("ended_at", None), ("ended_name", "")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("valid_to__isnull", False),
                        models.Q(("end_reason", ""), _negated=True),
                        models.Q(("ended_name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="measures_obligation_ended",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="obligation",
            trigger=pgtrigger.compiler.Trigger(
                name="no_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="034b8d4b41ece2bd35ed8beeea9e30537a9df68a",
                    operation="DELETE",
                    pgid="pgtrigger_no_delete_8a8ab",
                    table="measures_obligation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="obligation",
            trigger=pgtrigger.compiler.Trigger(
                name="only_its_end",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."basis" IS DISTINCT FROM (NEW."basis") OR OLD."enterprise_id" IS DISTINCT FROM (NEW."enterprise_id") OR OLD."form" IS DISTINCT FROM (NEW."form") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."made_account" IS DISTINCT FROM (NEW."made_account") OR OLD."made_at" IS DISTINCT FROM (NEW."made_at") OR OLD."made_name" IS DISTINCT FROM (NEW."made_name") OR OLD."made_post" IS DISTINCT FROM (NEW."made_post") OR OLD."needs_review" IS DISTINCT FROM (NEW."needs_review") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."site_id" IS DISTINCT FROM (NEW."site_id") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="2a2473c2f9bf0f4768a113f0751c8657336f97f5",
                    operation="UPDATE",
                    pgid="pgtrigger_only_its_end_e2e6a",
                    table="measures_obligation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="obligation",
            trigger=pgtrigger.compiler.Trigger(
                name="ends_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.ended_at IS NOT NULL AND ROW(OLD.valid_to, OLD.ended_at, OLD.end_reason, OLD.ended_name) IS DISTINCT FROM ROW(NEW.valid_to, NEW.ended_at, NEW.end_reason, NEW.ended_name))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="542a6e0b159bd07841a4a47ebf90d33f4c8f6d86",
                    operation="UPDATE",
                    pgid="pgtrigger_ends_once_0a933",
                    table="measures_obligation",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="reminder",
            index=models.Index(
                fields=["enterprise_sees", "form", "period"], name="measures_reminder_enterprise"
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("site", "form", "period", "source", "day", "automatic"),
                name="measures_reminder_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("automatic", True)),
                fields=("site", "form", "period", "source"),
                name="measures_reminder_automatic_once",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reminder",
            trigger=pgtrigger.compiler.Trigger(
                name="no_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="ba6089d834c104e379cf0991c13a378718b07149",
                    operation="DELETE",
                    pgid="pgtrigger_no_delete_8985f",
                    table="measures_reminder",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reminder",
            trigger=pgtrigger.compiler.Trigger(
                name="only_region_follows",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."automatic" IS DISTINCT FROM (NEW."automatic") OR OLD."by_account" IS DISTINCT FROM (NEW."by_account") OR OLD."by_name" IS DISTINCT FROM (NEW."by_name") OR OLD."by_post" IS DISTINCT FROM (NEW."by_post") OR OLD."day" IS DISTINCT FROM (NEW."day") OR OLD."enterprise_id" IS DISTINCT FROM (NEW."enterprise_id") OR OLD."form" IS DISTINCT FROM (NEW."form") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."period" IS DISTINCT FROM (NEW."period") OR OLD."sent_at" IS DISTINCT FROM (NEW."sent_at") OR OLD."site_id" IS DISTINCT FROM (NEW."site_id") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."text" IS DISTINCT FROM (NEW."text"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="cd35a7934b3a6f1b1539688d91126c859fc7bcf9",
                    operation="UPDATE",
                    pgid="pgtrigger_only_region_follows_58f7d",
                    table="measures_reminder",
                    when="BEFORE",
                ),
            ),
        ),
        follow_site("measures_obligation"),
        follow_site("measures_reminder"),
        follow_site("measures_correction"),
        migrations.RunSQL(
            GUARD,
            "DROP TRIGGER measures_report_by_approval ON measures_report; DROP FUNCTION measures_report_by_approval()",
        ),
    ]
