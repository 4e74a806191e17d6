SELECT
  "t13"."variant" AS "variant",
  COUNT(*) AS "units",
  SUM("t13"."value") AS "total",
  SUM("t13"."value" * "t13"."value") AS "squares"
FROM (
  SELECT
    "t9"."variant" AS "variant",
    COALESCE("t12"."value", 0.0) AS "value"
  FROM (
    SELECT
      "t7"."unit" AS "unit",
      "t7"."first" AS "first",
      "t7"."entries" AS "entries",
      CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END AS "variant"
    FROM (
      SELECT
        "t5"."unit" AS "unit",
        MIN("t5"."variant") AS "lowest",
        MAX("t5"."variant") AS "highest",
        MIN("t5"."moment") AS "first",
        COUNT(*) AS "entries"
      FROM (
        SELECT
          *
        FROM (
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
        ) AS "t3"
        WHERE
          "t3"."variant" IN ('control', 'test') AND isNotNull("t3"."unit")
      ) AS "t5"
      GROUP BY
        "t5"."unit"
    ) AS "t7"
    WHERE
      CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END <> '$multiple'
  ) AS "t9"
  LEFT OUTER JOIN (
    SELECT
      "t10"."counted_unit" AS "counted_unit",
      SUM("t10"."measure") AS "value"
    FROM (
      SELECT
        "t9"."unit" AS "unit",
        "t9"."first" AS "first",
        "t9"."entries" AS "entries",
        "t9"."variant" AS "variant",
        "t6"."counted_unit" AS "counted_unit",
        "t6"."moment" AS "moment",
        "t6"."measure" AS "measure"
      FROM (
        SELECT
          "t7"."unit" AS "unit",
          "t7"."first" AS "first",
          "t7"."entries" AS "entries",
          CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t5"."unit" AS "unit",
            MIN("t5"."variant") AS "lowest",
            MAX("t5"."variant") AS "highest",
            MIN("t5"."moment") AS "first",
            COUNT(*) AS "entries"
          FROM (
            SELECT
              *
            FROM (
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
            ) AS "t3"
            WHERE
              "t3"."variant" IN ('control', 'test') AND isNotNull("t3"."unit")
          ) AS "t5"
          GROUP BY
            "t5"."unit"
        ) AS "t7"
        WHERE
          CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END <> '$multiple'
      ) AS "t9"
      INNER JOIN (
        SELECT
          "t2"."person" AS "counted_unit",
          toUnixTimestamp64Micro("t2"."timestamp") AS "moment",
          COALESCE(
            CASE
              WHEN CASE
                WHEN "t2"."numbers" IS NULL OR 'amount' IS NULL
                THEN NULL
                ELSE mapContains("t2"."numbers", 'amount')
              END
              THEN CASE
                WHEN mapContains("t2"."numbers", 'amount')
                THEN "t2"."numbers"['amount']
                ELSE NULL
              END
              ELSE NULL
            END,
            0.0
          ) AS "measure"
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
            AND "t0"."timestamp" < toTimeZone(CAST('2025-03-18 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."name" = 'purchase'
        ) AS "t2"
      ) AS "t6"
        ON "t9"."unit" = "t6"."counted_unit"
        AND "t6"."moment" >= "t9"."first"
        AND "t6"."moment" < (
          "t9"."first" + 259200000000
        )
    ) AS "t10"
    GROUP BY
      "t10"."counted_unit"
  ) AS "t12"
    ON "t9"."unit" = "t12"."counted_unit"
) AS "t13"
GROUP BY
  "t13"."variant"
