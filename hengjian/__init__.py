"""Hengjian (衡鉴): electronic supervision of two-high industries."""
