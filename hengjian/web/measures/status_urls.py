"""Routes of the list of obligations, the status board and corrections; part of ``measures``."""

from django.urls import path

from hengjian.web.measures import correction_views, obligation_views, status_views

urlpatterns = [
    path("status/", status_views.status_board, name="status"),
    path("status/export/", status_views.status_export, name="status_export"),
    path("status/remind/", status_views.remind_sites, name="remind"),
    path("obligations/", obligation_views.obligation_list, name="obligation_list"),
    path("obligations/export/", obligation_views.obligation_export, name="obligation_export"),
    path("obligations/assign/", obligation_views.obligation_assign, name="obligation_assign"),
    path(
        "obligations/site/<uuid:site>/", obligation_views.site_obligations, name="site_obligations"
    ),
    path(
        "obligations/site/<uuid:site>/add/", obligation_views.obligation_add, name="obligation_add"
    ),
    path(
        "obligations/<uuid:obligation>/end/", obligation_views.obligation_end, name="obligation_end"
    ),
    path("corrections/", correction_views.correction_list, name="correction_list"),
    path("corrections/<uuid:correction_id>/", correction_views.correction, name="correction"),
    path(
        "corrections/<uuid:correction_id>/decide/",
        correction_views.correction_decide,
        name="correction_decide",
    ),
    path(
        "corrections/<uuid:correction_id>/withdraw/",
        correction_views.correction_withdraw,
        name="correction_withdraw",
    ),
    path(
        "corrections/ask/<uuid:site>/<str:form>/<str:period>/",
        correction_views.correction_ask,
        name="correction_ask",
    ),
]
