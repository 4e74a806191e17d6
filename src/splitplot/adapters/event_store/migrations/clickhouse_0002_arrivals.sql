-- Cohorts read what arrived since they last looked; parts that are older are not read.
ALTER TABLE stored_events ADD INDEX IF NOT EXISTS arrival inserted_at TYPE minmax GRANULARITY 1;
