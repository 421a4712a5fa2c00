"""My day and the probes."""

from django.urls import path

from hengjian.web.kernel import views

app_name = "kernel"
urlpatterns = [
    path("", views.my_day, name="my_day"),
    path("readyz", views.readyz, name="readyz"),
]
