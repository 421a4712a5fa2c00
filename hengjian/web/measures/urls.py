"""Daily reports: choose a site, fill in a day, read what was received."""

from django.urls import path

from hengjian.web.measures import entry, views
from hengjian.web.measures.meter_urls import urlpatterns as meter_patterns

app_name = "measures"
urlpatterns = [
    path("daily/", entry.choose, name="daily"),
    path("daily/<uuid:site>/<str:day>/", entry.daily, name="daily_form"),
    path("daily/<uuid:site>/<str:day>/draft/", entry.draft, name="draft"),
    path("reports/", views.report_list, name="report_list"),
    path("reports/<uuid:report_id>/", views.report, name="report"),
    path("reports/<uuid:report_id>/receipt/", views.receipt, name="receipt"),
    *meter_patterns,
]
