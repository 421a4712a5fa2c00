"""Systems of senders and their keys."""

import django.contrib.postgres.fields
import django.db.models.deletion
import hengjian.kernel.database.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_sphere_of_account"),
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Key",
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
                ("prefix", models.CharField(db_comment="visible part", max_length=8, unique=True)),
                (
                    "digest",
                    models.CharField(
                        db_comment="SHA-256 of the whole key: 256 random bits need no slow hash",
                        max_length=64,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(db_comment="to the minute", null=True)),
            ],
            options={
                "db_table": "access_key",
                "ordering": ("-created_at",),
            },
        ),
        migrations.CreateModel(
            name="Sender",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="sender",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sources",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        db_comment="sources that it may vouch for",
                        size=None,
                    ),
                ),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=43),
                        db_comment="CIDR; empty: from anywhere",
                        default=list,
                        size=None,
                    ),
                ),
                ("contact", models.CharField(blank=True, max_length=120)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "access_sender",
            },
        ),
        migrations.RemoveConstraint(
            model_name="account",
            name="access_sphere_known",
        ),
        migrations.RemoveConstraint(
            model_name="duty",
            name="access_duty_sphere_of_role",
        ),
        migrations.AlterField(
            model_name="account",
            name="sphere",
            field=models.CharField(
                choices=[
                    ("business", "business"),
                    ("system", "system"),
                    ("security", "security"),
                    ("audit", "audit"),
                    ("machine", "machine"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="duty",
            name="role",
            field=models.CharField(
                choices=[
                    ("drc_lead", "省发展改革委负责人"),
                    ("drc_officer", "省发展改革委经办"),
                    ("department_officer", "省直部门经办"),
                    ("special_supervision", "省两高项目专项督导组"),
                    ("four_entry_office", "省“四进”攻坚办"),
                    ("government_approver", "省政府审批人"),
                    ("city_officer", "市级经办"),
                    ("city_task_force", "市产量控制工作专班"),
                    ("county_lead", "县级负责人"),
                    ("county_officer", "县级经办"),
                    ("four_entry_member", "“四进”专项督导组成员"),
                    ("resident_supervisor", "驻企监督员"),
                    ("group_leader", "联合检查组组长"),
                    ("group_member", "联合检查组成员"),
                    ("expert", "专家"),
                    ("enterprise_reporter", "企业填报人"),
                    ("enterprise_reviewer", "企业审核人"),
                    ("hotline_operator", "举报电话接听员"),
                    ("association", "行业协会"),
                    ("oversight", "纪检监察与审计"),
                    ("system_admin", "系统管理员"),
                    ("security_admin", "安全管理员"),
                    ("audit_admin", "审计管理员"),
                    ("sender", "报送单位系统"),
                ],
                max_length=30,
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sphere__in", ["business", "system", "security", "audit", "machine"])
                ),
                name="access_sphere_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "role__in",
                            [
                                "association",
                                "city_officer",
                                "city_task_force",
                                "county_lead",
                                "county_officer",
                                "department_officer",
                                "drc_lead",
                                "drc_officer",
                                "enterprise_reporter",
                                "enterprise_reviewer",
                                "expert",
                                "four_entry_member",
                                "four_entry_office",
                                "government_approver",
                                "group_leader",
                                "group_member",
                                "hotline_operator",
                                "oversight",
                                "resident_supervisor",
                                "special_supervision",
                            ],
                        ),
                        ("sphere", "business"),
                    ),
                    models.Q(("role__in", ["system_admin"]), ("sphere", "system")),
                    models.Q(("role__in", ["security_admin"]), ("sphere", "security")),
                    models.Q(("role__in", ["audit_admin"]), ("sphere", "audit")),
                    models.Q(("role__in", ["sender"]), ("sphere", "machine")),
                    _connector="OR",
                ),
                name="access_duty_sphere_of_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="sender",
            constraint=models.CheckConstraint(
                condition=models.Q(("sources", []), _negated=True), name="access_sender_delivers"
            ),
        ),
        migrations.AddField(
            model_name="key",
            name="sender",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="access.sender"
            ),
        ),
    ]
