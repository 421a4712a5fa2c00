"""Alerts."""

from django.urls import path

from hengjian.web.monitoring import views

app_name = "monitoring"
urlpatterns = [
    path("alerts/", views.alert_list, name="alert_list"),
    path("alerts/export/", views.alert_export, name="alert_export"),
    path("alerts/dismiss/", views.bulk_dismiss, name="bulk_dismiss"),
    path("alerts/<uuid:alert_id>/", views.alert_detail, name="alert_detail"),
    path("alerts/<uuid:alert_id>/triage/", views.triage, name="triage"),
    path("alerts/<uuid:alert_id>/reopen/", views.reopen, name="reopen"),
]
