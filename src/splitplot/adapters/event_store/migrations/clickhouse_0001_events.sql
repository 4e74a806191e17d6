-- One row per event. The writer asks `event_ids` before it inserts; should two writers
-- insert the same event at once, the sorting key makes them one row, at a merge or at
-- the latest when the view `events` is read. `properties` holds each value as JSON.
CREATE TABLE IF NOT EXISTS stored_events (
    project_id Int32,
    uuid UUID,
    name LowCardinality(String),
    distinct_id String,
    person_id UUID,
    timestamp DateTime64(6, 'UTC') CODEC(Delta, ZSTD),
    is_personless Bool,
    flag_key LowCardinality(Nullable(String)),
    flag_response LowCardinality(Nullable(String)),
    session_id Nullable(String),
    group_0 Nullable(String),
    group_1 Nullable(String),
    group_2 Nullable(String),
    group_3 Nullable(String),
    group_4 Nullable(String),
    numbers Map(LowCardinality(String), Float64),
    properties Map(LowCardinality(String), String) CODEC(ZSTD),
    inserted_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (project_id, name, uuid)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE VIEW IF NOT EXISTS events AS SELECT * FROM stored_events FINAL;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_ids
ENGINE = ReplacingMergeTree ORDER BY (project_id, uuid)
AS SELECT project_id, uuid FROM stored_events;

-- The person of today for an id that was derived from a distinct id.
CREATE TABLE IF NOT EXISTS stored_person_mappings (
    project_id Int32,
    source_id UUID,
    person_id UUID,
    revision Int64,
    inserted_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
) ENGINE = ReplacingMergeTree(revision)
ORDER BY (project_id, source_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE VIEW IF NOT EXISTS person_mappings AS SELECT * FROM stored_person_mappings FINAL;

-- The properties of today.
CREATE TABLE IF NOT EXISTS stored_person_properties (
    project_id Int32,
    person_id UUID,
    properties Map(LowCardinality(String), String) CODEC(ZSTD),
    revision Int64,
    inserted_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
) ENGINE = ReplacingMergeTree(revision)
ORDER BY (project_id, person_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE VIEW IF NOT EXISTS person_properties AS SELECT * FROM stored_person_properties FINAL;

-- When something of a project was last written, in microseconds since 1970.
CREATE TABLE IF NOT EXISTS project_revisions (
    project_id Int32,
    revision SimpleAggregateFunction(max, Int64)
) ENGINE = AggregatingMergeTree ORDER BY project_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS revisions_of_events TO project_revisions
AS SELECT project_id, max(toUnixTimestamp64Micro(inserted_at)) AS revision
FROM stored_events GROUP BY project_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS revisions_of_mappings TO project_revisions
AS SELECT project_id, max(toUnixTimestamp64Micro(inserted_at)) AS revision
FROM stored_person_mappings GROUP BY project_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS revisions_of_person_properties TO project_revisions
AS SELECT project_id, max(toUnixTimestamp64Micro(inserted_at)) AS revision
FROM stored_person_properties GROUP BY project_id;
