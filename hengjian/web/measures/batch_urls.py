"""Batches of reports: list, upload with a preview of the columns, one batch, its refused rows."""

from django.urls import path

from hengjian.web.measures import batch_views as views

urlpatterns = [
    path("batches/", views.batch_list, name="batch_list"),
    path("batches/preview/", views.preview, name="batch_preview"),
    path("batches/take/", views.take, name="batch_take"),
    path("batches/<uuid:batch_id>/", views.batch_detail, name="batch"),
    path("batches/<uuid:batch_id>/refused.csv", views.refused_csv, name="batch_refused"),
]
