"""The site ledger, one site, and imports."""

from django.urls import path

from hengjian.web.registry import import_views, views

app_name = "registry"
urlpatterns = [
    path("sites/", views.site_list, name="site_list"),
    path("sites/export/", views.site_export, name="site_export"),
    path("sites/new/", views.site_create, name="site_create"),
    path("sites/<uuid:site_id>/", views.site_detail, name="site_detail"),
    path("sites/<uuid:site_id>/change/", views.site_change, name="site_change"),
    path("sites/<uuid:site_id>/region/", views.site_confirm_region, name="site_region"),
    path("sites/<uuid:site_id>/names/", views.site_add_name, name="site_names"),
    path("imports/", import_views.import_list, name="import_list"),
    path("imports/template.<str:kind>", import_views.import_template, name="import_template"),
    path("imports/<uuid:batch_id>/", import_views.import_detail, name="import_detail"),
]
