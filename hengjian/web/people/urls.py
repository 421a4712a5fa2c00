"""Organs, posts and people."""

from django.urls import path

from hengjian.web.people import views

app_name = "people"
urlpatterns = [
    path("posts/", views.post_list, name="post_list"),
    path("posts/<uuid:post_id>/", views.post_detail, name="post_detail"),
    path("posts/<uuid:post_id>/appoint/", views.appoint_person, name="appoint"),
    path("terms/<uuid:term_id>/end/", views.end_the_term, name="end_term"),
]
