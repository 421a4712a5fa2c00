"""Reports: what is owed, fill in a form, review, read what was received."""

from django.urls import path

from hengjian.web.measures import entry, review_views, sheet_views, views
from hengjian.web.measures.batch_urls import urlpatterns as batch_patterns
from hengjian.web.measures.meter_urls import urlpatterns as meter_patterns
from hengjian.web.measures.status_urls import urlpatterns as status_patterns

app_name = "measures"
urlpatterns = [
    path("daily/", entry.choose, name="daily"),
    path("daily/<uuid:site>/<str:day>/", entry.daily, name="daily_form"),
    path("daily/<uuid:site>/<str:day>/draft/", entry.draft, name="draft"),
    path("forms/", review_views.form_list, name="form_list"),
    path("forms/<uuid:site>/<str:form>/<str:period>/", entry.period_form, name="period_form"),
    path(
        "forms/<uuid:site>/<str:form>/<str:period>/draft/",
        entry.period_draft,
        name="period_draft",
    ),
    path("excel/<uuid:site>/<str:form>/", sheet_views.sheet, name="excel"),
    path("excel/<uuid:site>/<str:form>/template/", sheet_views.template, name="excel_template"),
    path("review/", review_views.review_list, name="review_list"),
    path("review/<uuid:report_id>/", review_views.review, name="review"),
    path("reports/", views.report_list, name="report_list"),
    path("reports/<uuid:report_id>/", views.report, name="report"),
    path("reports/<uuid:report_id>/receipt/", views.receipt, name="receipt"),
    path("reports/<uuid:report_id>/print/", views.printed, name="report_print"),
    *batch_patterns,
    *meter_patterns,
    *status_patterns,
]
