"""Received files."""

from django.urls import path

from hengjian.web.files import views

app_name = "files"
urlpatterns = [path("<uuid:file_id>/", views.serve, name="file")]
