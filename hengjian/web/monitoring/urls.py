"""Alerts, data dossiers, rules and their parameters."""

from django.urls import path

from hengjian.web.monitoring import change_views as changes
from hengjian.web.monitoring import dossier_views, rule_views, views

app_name = "monitoring"
urlpatterns = [
    path("alerts/", views.alert_list, name="alert_list"),
    path("alerts/export/", views.alert_export, name="alert_export"),
    path("alerts/dismiss/", views.bulk_dismiss, name="bulk_dismiss"),
    path("alerts/assign/", views.bulk_assign, name="bulk_assign"),
    path("alerts/claim/", views.bulk_claim, name="bulk_claim"),
    path("alerts/<uuid:alert_id>/", views.alert_detail, name="alert_detail"),
    path("alerts/<uuid:alert_id>/triage/", views.triage, name="triage"),
    path("alerts/<uuid:alert_id>/reopen/", views.reopen, name="reopen"),
    path("sites/<uuid:site_id>/data/", dossier_views.site_dossier, name="dossier"),
    path("rules/", rule_views.rule_list, name="rule_list"),
    path("rules/<slug:code>/", rule_views.rule, name="rule"),
    path("parameters/", changes.change_list, name="change_list"),
    path("parameters/new/<slug:rule>/<slug:name>/", changes.change_new, name="change_new"),
    path("parameters/<uuid:change_id>/", changes.change, name="change"),
    path("parameters/<uuid:change_id>/approve/", changes.change_approve, name="change_approve"),
    path("parameters/<uuid:change_id>/return/", changes.change_return, name="change_return"),
    path("parameters/<uuid:change_id>/withdraw/", changes.change_withdraw, name="change_withdraw"),
    path("parameters/<uuid:change_id>/retry/", changes.change_retry, name="change_retry"),
]
