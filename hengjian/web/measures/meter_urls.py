"""Meters: sites, one site's data, files of readings."""

from django.urls import path

from hengjian.web.measures import meters

urlpatterns = [
    path("meters/", meters.meter_sites, name="meter_sites"),
    path("meters/batches/<uuid:batch_id>/", meters.meter_batch, name="meter_batch"),
    path("meters/<uuid:site_id>/", meters.site_meters, name="meters"),
    path("meters/<uuid:site_id>/export/", meters.meter_export, name="meter_export"),
    path("meters/<uuid:site_id>/import/", meters.meter_upload, name="meter_upload"),
]
