SELECT
  "t8"."person" AS "person",
  MAX("t8"."moment") AS "last_at"
FROM (
  SELECT
    COALESCE("t7"."mapped_id", "t7"."person_id") AS "person",
    toUnixTimestamp64Micro("t7"."timestamp") AS "moment"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t5"."project_id" AS "project_id",
        "t5"."uuid" AS "uuid",
        "t5"."name" AS "name",
        "t5"."distinct_id" AS "distinct_id",
        "t5"."person_id" AS "person_id",
        "t5"."timestamp" AS "timestamp",
        "t5"."flag_key" AS "flag_key",
        "t5"."flag_response" AS "flag_response",
        "t5"."session_id" AS "session_id",
        "t5"."group_0" AS "group_0",
        "t5"."group_1" AS "group_1",
        "t5"."group_2" AS "group_2",
        "t5"."group_3" AS "group_3",
        "t5"."group_4" AS "group_4",
        "t5"."properties" AS "properties",
        "t5"."numbers" AS "numbers",
        "t5"."inserted_at" AS "inserted_at",
        "t4"."source_id" AS "source_id",
        "t4"."mapped_id" AS "mapped_id"
      FROM (
        SELECT
          *
        FROM "stored_events" AS "t0"
        WHERE
          "t0"."project_id" = 7
          AND "t0"."name" = 'page'
          AND "t0"."inserted_at" > toTimeZone(CAST('2025-03-03 11:04:40' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
          AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
          AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
      ) AS "t5"
      LEFT OUTER JOIN (
        SELECT
          "t1"."source_id" AS "source_id",
          "t1"."person_id" AS "mapped_id"
        FROM "person_mappings" AS "t1"
        WHERE
          "t1"."project_id" = 7
      ) AS "t4"
        ON "t5"."person_id" = "t4"."source_id"
    ) AS "t6"
    WHERE
      COALESCE(
        lowerUTF8(
          CASE
            WHEN startsWith(
              CASE
                WHEN CASE
                  WHEN "t6"."properties" IS NULL OR 'path' IS NULL
                  THEN NULL
                  ELSE mapContains("t6"."properties", 'path')
                END
                THEN CASE
                  WHEN mapContains("t6"."properties", 'path')
                  THEN "t6"."properties"['path']
                  ELSE NULL
                END
                ELSE NULL
              END,
              '"'
            )
            THEN JSONExtractString(
              CASE
                WHEN CASE
                  WHEN "t6"."properties" IS NULL OR 'path' IS NULL
                  THEN NULL
                  ELSE mapContains("t6"."properties", 'path')
                END
                THEN CASE
                  WHEN mapContains("t6"."properties", 'path')
                  THEN "t6"."properties"['path']
                  ELSE NULL
                END
                ELSE NULL
              END
            )
            ELSE CASE
              WHEN CASE
                WHEN "t6"."properties" IS NULL OR 'path' IS NULL
                THEN NULL
                ELSE mapContains("t6"."properties", 'path')
              END
              THEN CASE
                WHEN mapContains("t6"."properties", 'path')
                THEN "t6"."properties"['path']
                ELSE NULL
              END
              ELSE NULL
            END
          END
        ) IN ('/buy', '/pay'),
        FALSE
      )
  ) AS "t7"
) AS "t8"
GROUP BY
  "t8"."person"
