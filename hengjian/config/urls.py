"""All routes."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]

handler400 = "hengjian.web.errors.bad_request"
handler403 = "hengjian.web.errors.permission_denied"
handler404 = "hengjian.web.errors.not_found"
handler500 = "hengjian.web.errors.server_error"
