"""All routes: each app of the web brings its own; the API has one root."""

from django.urls import include, path

from hengjian.api.server import api

urlpatterns = [
    path("", include("hengjian.web.kernel.urls")),
    path("accounts/", include("hengjian.web.access.urls")),
    path("api/v1/", api.urls),
    path("audit/", include("hengjian.web.audit.urls")),
    path("cases/", include("hengjian.web.cases.urls")),
    path("files/", include("hengjian.web.files.urls")),
    path("measures/", include("hengjian.web.measures.urls")),
    path("monitoring/", include("hengjian.web.monitoring.urls")),
    path("people/", include("hengjian.web.people.urls")),
    path("senders/", include("hengjian.web.access.sender_urls")),
    path("registry/", include("hengjian.web.registry.urls")),
]

handler400 = "hengjian.web.errors.bad_request"
handler403 = "hengjian.web.errors.permission_denied"
handler404 = "hengjian.web.errors.not_found"
handler500 = "hengjian.web.errors.server_error"
