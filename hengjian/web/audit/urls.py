"""The history."""

from django.urls import path

from hengjian.web.audit import views

app_name = "audit"
urlpatterns = [path("", views.entry_list, name="entry_list")]
