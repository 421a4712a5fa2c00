"""The site ledger, one site, and imports."""

from django.urls import path

from hengjian.web.registry import equipment_views as equipment
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
    path("sites/<uuid:site_id>/equipment/", equipment.equipment, name="equipment"),
    path("sites/<uuid:site_id>/lines/", equipment.line_add, name="line_add"),
    path("sites/<uuid:site_id>/lines/retire/", equipment.line_retire, name="line_retire"),
    path("sites/<uuid:site_id>/meters/", equipment.meter_add, name="meter_add"),
    path("sites/<uuid:site_id>/meters/verify/", equipment.meter_verify, name="meter_verify"),
    path("sites/<uuid:site_id>/controls/", equipment.control_add, name="control_add"),
    path("sites/<uuid:site_id>/projects/", equipment.project_add, name="project_add"),
    path("imports/", import_views.import_list, name="import_list"),
    path("imports/template.<str:kind>", import_views.import_template, name="import_template"),
    path("imports/<uuid:batch_id>/", import_views.import_detail, name="import_detail"),
]
