-- One row per event. `seq` counts the rows in the order in which they were stored.
-- The columns after `is_personless` that are not in the event's envelope repeat
-- properties that experiments read often, so that no query parses JSON for them.
CREATE TABLE events (
    seq BIGINT NOT NULL,
    project_id INTEGER NOT NULL,
    uuid UUID NOT NULL,
    name VARCHAR NOT NULL,
    distinct_id VARCHAR NOT NULL,
    person_id UUID NOT NULL,
    timestamp TIMESTAMP NOT NULL,
    is_personless BOOLEAN NOT NULL,
    flag_key VARCHAR,
    flag_response VARCHAR,
    session_id VARCHAR,
    group_0 VARCHAR,
    group_1 VARCHAR,
    group_2 VARCHAR,
    group_3 VARCHAR,
    group_4 VARCHAR,
    number_0 DOUBLE,
    number_1 DOUBLE,
    number_2 DOUBLE,
    number_3 DOUBLE,
    number_4 DOUBLE,
    number_5 DOUBLE,
    number_6 DOUBLE,
    number_7 DOUBLE,
    number_8 DOUBLE,
    number_9 DOUBLE,
    number_10 DOUBLE,
    number_11 DOUBLE,
    number_12 DOUBLE,
    number_13 DOUBLE,
    number_14 DOUBLE,
    number_15 DOUBLE,
    number_16 DOUBLE,
    number_17 DOUBLE,
    number_18 DOUBLE,
    number_19 DOUBLE,
    number_20 DOUBLE,
    number_21 DOUBLE,
    number_22 DOUBLE,
    number_23 DOUBLE,
    number_24 DOUBLE,
    number_25 DOUBLE,
    number_26 DOUBLE,
    number_27 DOUBLE,
    number_28 DOUBLE,
    number_29 DOUBLE,
    number_30 DOUBLE,
    number_31 DOUBLE,
    properties VARCHAR NOT NULL
);

-- Which property of a project has its numbers in which of the numbered columns.
CREATE TABLE number_columns (
    project_id INTEGER NOT NULL,
    property VARCHAR NOT NULL,
    number INTEGER NOT NULL
);

CREATE TABLE event_names (
    project_id INTEGER NOT NULL,
    name VARCHAR NOT NULL
);

-- The person of today for an id that was derived from a distinct id; one row per id.
CREATE TABLE person_mappings (
    seq BIGINT NOT NULL,
    project_id INTEGER NOT NULL,
    source_id UUID NOT NULL,
    person_id UUID NOT NULL,
    revision BIGINT NOT NULL
);

-- The properties of today; one row per person.
CREATE TABLE person_properties (
    seq BIGINT NOT NULL,
    project_id INTEGER NOT NULL,
    person_id UUID NOT NULL,
    properties VARCHAR NOT NULL,
    revision BIGINT NOT NULL
);

-- Bloom filters of the ids of events `first_seq` to `last_seq`.
CREATE TABLE id_filters (
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    bits BLOB NOT NULL
);
