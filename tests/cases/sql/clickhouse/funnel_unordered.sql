WITH "t4" AS (
  SELECT
    "t1"."uuid" AS "uuid",
    "t1"."person" AS "unit",
    "t1"."flag_response" AS "variant",
    toUnixTimestamp64Micro("t1"."timestamp") AS "moment"
  FROM (
    SELECT
      "t0"."project_id" AS "project_id",
      "t0"."uuid" AS "uuid",
      "t0"."name" AS "name",
      "t0"."distinct_id" AS "distinct_id",
      "t0"."person_id" AS "person_id",
      "t0"."timestamp" AS "timestamp",
      "t0"."flag_key" AS "flag_key",
      "t0"."flag_response" AS "flag_response",
      "t0"."session_id" AS "session_id",
      "t0"."group_0" AS "group_0",
      "t0"."group_1" AS "group_1",
      "t0"."group_2" AS "group_2",
      "t0"."group_3" AS "group_3",
      "t0"."group_4" AS "group_4",
      "t0"."properties" AS "properties",
      "t0"."numbers" AS "numbers",
      "t0"."person_id" AS "person"
    FROM "events" AS "t0"
    WHERE
      "t0"."project_id" = 7
      AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
      AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
      AND "t0"."name" = '$feature_flag_called'
      AND "t0"."flag_key" = 'checkout'
  ) AS "t1"
)
SELECT
  "t22"."variant" AS "variant",
  "t22"."step" AS "step",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t21"."unit" AS "unit",
    MIN("t21"."variant") AS "variant",
    MAX("t21"."step") AS "step"
  FROM (
    SELECT
      "t20"."unit" AS "unit",
      "t20"."variant" AS "variant",
      "t20"."moment" AS "moment",
      "t20"."steps" AS "steps",
      "t20"."latest_0" AS "latest_0",
      "t20"."latest_1" AS "latest_1",
      "t20"."latest_2" AS "latest_2",
      (
        CASE WHEN "t20"."latest_0" >= (
          "t20"."moment" - 86400000000
        ) THEN 1 ELSE 0 END + CASE WHEN "t20"."latest_1" >= (
          "t20"."moment" - 86400000000
        ) THEN 1 ELSE 0 END + CASE WHEN "t20"."latest_2" >= (
          "t20"."moment" - 86400000000
        ) THEN 1 ELSE 0 END
      ) - 1 AS "step"
    FROM (
      SELECT
        "t19"."unit" AS "unit",
        "t19"."variant" AS "variant",
        "t19"."moment" AS "moment",
        "t19"."steps" AS "steps",
        MAX(CASE WHEN bitAnd("t19"."steps", 1) <> 0 THEN "t19"."moment" ELSE NULL END) OVER (
          PARTITION BY "t19"."unit"
          ORDER BY "t19"."moment" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS "latest_0",
        MAX(CASE WHEN bitAnd("t19"."steps", 2) <> 0 THEN "t19"."moment" ELSE NULL END) OVER (
          PARTITION BY "t19"."unit"
          ORDER BY "t19"."moment" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS "latest_1",
        MAX(CASE WHEN bitAnd("t19"."steps", 4) <> 0 THEN "t19"."moment" ELSE NULL END) OVER (
          PARTITION BY "t19"."unit"
          ORDER BY "t19"."moment" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS "latest_2"
      FROM (
        SELECT
          "t18"."unit" AS "unit",
          "t18"."variant" AS "variant",
          "t16"."moment" AS "moment",
          "t16"."steps" AS "steps"
        FROM (
          SELECT
            "t14"."unit" AS "unit",
            "t14"."first" AS "first",
            "t14"."entries" AS "entries",
            CASE WHEN "t14"."lowest" = "t14"."highest" THEN "t14"."lowest" ELSE '$multiple' END AS "variant"
          FROM (
            SELECT
              "t10"."unit" AS "unit",
              MIN("t10"."variant") AS "lowest",
              MAX("t10"."variant") AS "highest",
              MIN("t10"."moment") AS "first",
              COUNT(*) AS "entries"
            FROM (
              SELECT
                *
              FROM "t4" AS "t7"
              WHERE
                "t7"."variant" IN ('control', 'test') AND isNotNull("t7"."unit")
            ) AS "t10"
            GROUP BY
              "t10"."unit"
          ) AS "t14"
          WHERE
            CASE WHEN "t14"."lowest" = "t14"."highest" THEN "t14"."lowest" ELSE '$multiple' END <> '$multiple'
        ) AS "t18"
        INNER JOIN (
          SELECT
            "t13"."moment" AS "moment",
            "t13"."event_unit" AS "event_unit",
            "t13"."steps" AS "steps"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t5"."uuid" AS "uuid",
                "t5"."moment" AS "moment",
                "t5"."unit" AS "event_unit",
                4 AS "steps"
              FROM (
                SELECT
                  "t2"."uuid" AS "uuid",
                  "t2"."person" AS "unit",
                  toUnixTimestamp64Micro("t2"."timestamp") AS "moment"
                FROM (
                  SELECT
                    "t0"."project_id" AS "project_id",
                    "t0"."uuid" AS "uuid",
                    "t0"."name" AS "name",
                    "t0"."distinct_id" AS "distinct_id",
                    "t0"."person_id" AS "person_id",
                    "t0"."timestamp" AS "timestamp",
                    "t0"."flag_key" AS "flag_key",
                    "t0"."flag_response" AS "flag_response",
                    "t0"."session_id" AS "session_id",
                    "t0"."group_0" AS "group_0",
                    "t0"."group_1" AS "group_1",
                    "t0"."group_2" AS "group_2",
                    "t0"."group_3" AS "group_3",
                    "t0"."group_4" AS "group_4",
                    "t0"."properties" AS "properties",
                    "t0"."numbers" AS "numbers",
                    "t0"."person_id" AS "person"
                  FROM "events" AS "t0"
                  WHERE
                    "t0"."project_id" = 7
                    AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                    AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-16 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                    AND "t0"."name" = 'paid'
                ) AS "t2"
              ) AS "t5"
            ) AS "t8"
            UNION ALL
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t7"."uuid" AS "uuid",
                  "t7"."moment" AS "moment",
                  "t7"."unit" AS "event_unit",
                  1 AS "steps"
                FROM "t4" AS "t7"
                WHERE
                  "t7"."variant" IN ('control', 'test') AND isNotNull("t7"."unit")
              ) AS "t11"
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  "t6"."uuid" AS "uuid",
                  "t6"."moment" AS "moment",
                  "t6"."unit" AS "event_unit",
                  2 AS "steps"
                FROM (
                  SELECT
                    "t3"."uuid" AS "uuid",
                    "t3"."person" AS "unit",
                    toUnixTimestamp64Micro("t3"."timestamp") AS "moment"
                  FROM (
                    SELECT
                      "t0"."project_id" AS "project_id",
                      "t0"."uuid" AS "uuid",
                      "t0"."name" AS "name",
                      "t0"."distinct_id" AS "distinct_id",
                      "t0"."person_id" AS "person_id",
                      "t0"."timestamp" AS "timestamp",
                      "t0"."flag_key" AS "flag_key",
                      "t0"."flag_response" AS "flag_response",
                      "t0"."session_id" AS "session_id",
                      "t0"."group_0" AS "group_0",
                      "t0"."group_1" AS "group_1",
                      "t0"."group_2" AS "group_2",
                      "t0"."group_3" AS "group_3",
                      "t0"."group_4" AS "group_4",
                      "t0"."properties" AS "properties",
                      "t0"."numbers" AS "numbers",
                      "t0"."person_id" AS "person"
                    FROM "events" AS "t0"
                    WHERE
                      "t0"."project_id" = 7
                      AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                      AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-16 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                      AND "t0"."name" = 'viewed'
                  ) AS "t3"
                ) AS "t6"
              ) AS "t9"
            ) AS "t12"
          ) AS "t13"
        ) AS "t16"
          ON "t18"."unit" = "t16"."event_unit" AND "t16"."moment" >= "t18"."first"
      ) AS "t19"
    ) AS "t20"
  ) AS "t21"
  GROUP BY
    "t21"."unit"
) AS "t22"
GROUP BY
  "t22"."variant",
  "t22"."step"
