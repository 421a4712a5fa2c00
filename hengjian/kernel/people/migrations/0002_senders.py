"""Systems of senders and their keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="post",
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
    ]
