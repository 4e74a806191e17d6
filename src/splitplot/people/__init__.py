"""Persons, groups and cohorts; which ids are one unit."""
