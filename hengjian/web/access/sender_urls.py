"""Systems of senders and their keys."""

from django.urls import path

from hengjian.web.access import sender_views as views

app_name = "senders"
urlpatterns = [
    path("", views.sender_list, name="list"),
    path("register/", views.register, name="register"),
    path("<int:sender_id>/key/", views.rotate, name="rotate"),
    path("<int:sender_id>/revoke/", views.revoke, name="revoke"),
]
