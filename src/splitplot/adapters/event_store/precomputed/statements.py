"""The SQL by which kept units are made and brought up to date.

All of it runs with the state's own schema before the store's tables on the search path.
Events that let units enter (exposures and activations) are kept in `kept_entries`, all
others in `kept_others`. `row_key` stands for the column that says whose a row is.
"""

SEEN = """
    SELECT max(seq) FROM (
        SELECT max(seq) AS seq FROM events WHERE seq >= $known
        UNION ALL SELECT max(seq) FROM person_mappings WHERE seq >= $known
        UNION ALL SELECT max(seq) FROM person_properties WHERE seq >= $known
    )
"""

KEEP_MAPPINGS = """
    CREATE TABLE kept_mappings AS
    SELECT source_id, person_id FROM person_mappings WHERE project_id = $project_id
"""
KEPT = "SELECT * FROM kept_entries UNION ALL SELECT * FROM kept_others"
COUNT_KEPT = """
    SELECT (SELECT count(*) FROM kept_entries) + (SELECT count(*) FROM kept_others)
        + (SELECT count(*) FROM kept_mappings)
"""
FETCHED = """
    SELECT * EXCLUDE (of_unit) FROM fetched_entries WHERE of_unit IN (SELECT unit FROM touched)
    UNION ALL SELECT * FROM fetched_others
"""

_KEEP_NEW = [
    "INSERT INTO kept_entries SELECT * FROM new_entries",
    "INSERT INTO kept_others SELECT * FROM new_others",
]

# Ids that have become somebody else's since, and persons with other properties.
_MOVED = """
    CREATE TEMP TABLE moved AS SELECT source_id, person_id FROM person_mappings
    WHERE project_id = $project_id AND seq > getvariable('splitplot_since')
"""
_DESCRIBED = """
    CREATE TEMP TABLE described AS SELECT person_id FROM person_properties
    WHERE $reads_persons AND project_id = $project_id AND seq > getvariable('splitplot_since')
"""

# Events that arrived since, and those that were beyond the end before.
_NEWS = """
    SELECT row_key, timestamp, true AS is_entry FROM new_entries
    UNION ALL SELECT row_key, timestamp, false FROM new_others
    UNION ALL SELECT row_key, timestamp, true FROM kept_entries
        WHERE timestamp >= getvariable('splitplot_until')
    UNION ALL SELECT row_key, timestamp, false FROM kept_others
        WHERE timestamp >= getvariable('splitplot_until')
"""
_NEWS_OF_PERSONS = f"""
    CREATE TEMP TABLE news AS
    SELECT coalesce(mapping.person_id, news.row_key) AS unit, timestamp, is_entry
    FROM ({_NEWS}) AS news
    LEFT JOIN person_mappings AS mapping
        ON mapping.project_id = $project_id AND mapping.source_id = news.row_key
"""  # noqa: S608 our own words
_NEWS_OF_GROUPS = f"""
    CREATE TEMP TABLE news AS
    SELECT row_key AS unit, timestamp, is_entry FROM ({_NEWS}) WHERE row_key IS NOT NULL
"""  # noqa: S608 likewise

# Units that may be others than they were: whoever a merged person was before and is now,
# and whose person is described anew.
_PERSONS_CHANGED = """
    CREATE TEMP TABLE changed AS
    SELECT person_id AS unit FROM moved
    UNION SELECT coalesce(known.person_id, moved.source_id)
        FROM moved LEFT JOIN kept_mappings AS known ON known.source_id = moved.source_id
    UNION SELECT person_id FROM described
"""
_GROUPS_CHANGED = """
    CREATE TEMP TABLE changed AS
    SELECT DISTINCT row_key AS unit
    FROM (SELECT row_key, person_id FROM kept_entries
        UNION ALL SELECT row_key, person_id FROM kept_others)
    WHERE row_key IS NOT NULL AND person_id IN (
        SELECT source_id FROM moved WHERE $reads_persons
        UNION SELECT person_id FROM described
        UNION SELECT source_id FROM person_mappings
            WHERE project_id = $project_id AND person_id IN (SELECT person_id FROM described)
    )
"""

# Whose rows belong to a unit that may have to be looked at.
_CANDIDATES = """
    CREATE TEMP TABLE candidates AS SELECT unit FROM news UNION SELECT unit FROM changed
"""
_KEYS_OF_PERSONS = """
    CREATE TEMP TABLE keys AS
    SELECT unit AS key, unit FROM candidates WHERE unit NOT IN (
        SELECT source_id FROM person_mappings WHERE project_id = $project_id
    )
    UNION ALL SELECT source_id, person_id FROM person_mappings
        WHERE project_id = $project_id AND person_id IN (SELECT unit FROM candidates)
"""
_KEYS_OF_GROUPS = "CREATE TEMP TABLE keys AS SELECT unit AS key, unit FROM candidates"

_FETCH_ENTRIES = """
    CREATE TEMP TABLE fetched_entries AS
    SELECT kept_entries.*, keys.unit AS of_unit
    FROM kept_entries JOIN keys ON kept_entries.row_key = keys.key
"""
# Events too far from all entries of their unit make no difference, nor do those of units
# that never entered.
_TOUCHED = """
    CREATE TEMP TABLE touched AS
    SELECT unit FROM changed
    UNION SELECT unit FROM news WHERE is_entry
    UNION SELECT news.unit FROM news JOIN (
        SELECT of_unit, min(timestamp) AS first, max(timestamp) AS last
        FROM fetched_entries GROUP BY of_unit
    ) AS entered ON entered.of_unit = news.unit
        WHERE news.timestamp >= entered.first - to_microseconds($lookback)
            AND ($reach IS NULL OR news.timestamp <= entered.last + to_microseconds($reach))
"""
_EARLIEST = """
    SET VARIABLE splitplot_earliest = (
        SELECT min(timestamp) - to_microseconds($lookback) FROM fetched_entries
        WHERE of_unit IN (SELECT unit FROM touched)
    )
"""
# By time too, as rows lie in the order in which they arrived: few of them are read then.
_FETCH_OTHERS = """
    CREATE TEMP TABLE fetched_others AS
    SELECT * FROM kept_others
    WHERE timestamp >= getvariable('splitplot_earliest') AND row_key IN (
        SELECT key FROM keys WHERE unit IN (SELECT unit FROM touched)
    )
"""

_FORGET_UNITS = "DELETE FROM kept_units WHERE unit IN (SELECT unit FROM touched)"
_FORGET_MAPPINGS = """
    DELETE FROM kept_mappings WHERE source_id IN (SELECT source_id FROM moved)
"""
_KEEP_MOVED = "INSERT INTO kept_mappings SELECT source_id, person_id FROM moved"


def bringing_up_to_date(group_type_index: int | None) -> list[str]:
    """Keep new rows, find the touched units, fetch their events, and forget these units.

    To run once `new_entries` and `new_others` are there. What is fetched is `FETCHED`.
    """
    is_of_persons = group_type_index is None
    key = "person_id" if is_of_persons else f"group_{group_type_index}"
    chosen = [
        *_KEEP_NEW,
        _MOVED,
        _DESCRIBED,
        _NEWS_OF_PERSONS if is_of_persons else _NEWS_OF_GROUPS,
        _PERSONS_CHANGED if is_of_persons else _GROUPS_CHANGED,
        _CANDIDATES,
        _KEYS_OF_PERSONS if is_of_persons else _KEYS_OF_GROUPS,
        *(_FETCH_ENTRIES, _TOUCHED, _EARLIEST, _FETCH_OTHERS),
        *(_FORGET_UNITS, _FORGET_MAPPINGS, _KEEP_MOVED),
    ]
    return [statement.replace("row_key", key) for statement in chosen]
