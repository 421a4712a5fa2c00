"""Regions are public reference data: everyone reads, only the platform loads."""

from hengjian.kernel.database.declare import Kind, Table

TABLES = (Table("regions_region", grants={Kind.WORKER: "SELECT INSERT UPDATE"}, everyone="SELECT"),)
