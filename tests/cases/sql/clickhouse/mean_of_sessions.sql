WITH "exposed" AS (
  SELECT
    "t10"."unit" AS "unit",
    "t10"."first" AS "first",
    "t10"."entries" AS "entries",
    CASE WHEN "t10"."lowest" = "t10"."highest" THEN "t10"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t7"."unit" AS "unit",
      MIN("t7"."variant") AS "lowest",
      MAX("t7"."variant") AS "highest",
      MIN("t7"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t1"."uuid" AS "uuid",
          "t1"."person_id" AS "unit",
          "t1"."flag_response" AS "variant",
          toUnixTimestamp64Micro("t1"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."name" = '$feature_flag_called'
            AND "t0"."flag_key" = 'checkout'
        ) AS "t1"
      ) AS "t4"
      WHERE
        "t4"."variant" IN ('control', 'test') AND isNotNull("t4"."unit")
    ) AS "t7"
    GROUP BY
      "t7"."unit"
  ) AS "t10"
  WHERE
    CASE WHEN "t10"."lowest" = "t10"."highest" THEN "t10"."lowest" ELSE '$multiple' END <> '$multiple'
)
SELECT
  "t23"."variant" AS "variant",
  COUNT("t23"."value") AS "units",
  COALESCE(SUM("t23"."value"), 0.0) AS "total",
  COALESCE(SUM("t23"."value" * "t23"."value"), 0.0) AS "squares"
FROM (
  SELECT
    "t17"."unit" AS "unit",
    "t17"."first" AS "first",
    "t17"."entries" AS "entries",
    "t17"."variant" AS "variant",
    "t22"."value" AS "value",
    "t22"."valued_unit" AS "valued_unit"
  FROM "exposed" AS "t17"
  LEFT OUTER JOIN (
    SELECT
      "t20"."value" AS "value",
      "t20"."unit" AS "valued_unit"
    FROM (
      SELECT
        "t19"."unit" AS "unit",
        "t19"."variant" AS "variant",
        AVG("t19"."value") AS "value"
      FROM (
        SELECT
          "t18"."unit" AS "unit",
          "t18"."begun_session" AS "begun_session",
          "t18"."variant" AS "variant",
          "t18"."session_id" AS "session_id",
          "t18"."worth" AS "worth",
          COALESCE("t18"."worth", 0.0) AS "value"
        FROM (
          SELECT
            "t17"."unit" AS "unit",
            "t12"."begun_session" AS "begun_session",
            "t17"."variant" AS "variant",
            "t14"."session_id" AS "session_id",
            "t14"."worth" AS "worth"
          FROM "exposed" AS "t17"
          INNER JOIN (
            SELECT
              "t8"."begun_unit" AS "begun_unit",
              "t8"."begun_session" AS "begun_session",
              MIN("t8"."moment") AS "begun"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t2"."person_id" AS "begun_unit",
                  "t2"."session_id" AS "begun_session",
                  toUnixTimestamp64Micro("t2"."timestamp") AS "moment"
                FROM (
                  SELECT
                    *
                  FROM "events" AS "t0"
                  WHERE
                    "t0"."project_id" = 7
                    AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                    AND "t0"."timestamp" < toTimeZone(CAST('2025-03-18 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                    AND "t0"."name" = 'purchase'
                ) AS "t2"
              ) AS "t5"
              WHERE
                isNotNull("t5"."begun_session")
            ) AS "t8"
            GROUP BY
              "t8"."begun_unit",
              "t8"."begun_session"
          ) AS "t12"
            ON "t17"."unit" = "t12"."begun_unit"
            AND "t12"."begun" >= "t17"."first"
            AND "t12"."begun" < (
              "t17"."first" + 259200000000
            )
          LEFT OUTER JOIN (
            SELECT
              "t9"."session_id" AS "session_id",
              CAST(MAX("t9"."moment") - MIN("t9"."moment") AS Nullable(Float64)) / 1000000 AS "worth"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t3"."session_id" AS "session_id",
                  toUnixTimestamp64Micro("t3"."timestamp") AS "moment"
                FROM (
                  SELECT
                    *
                  FROM "events" AS "t0"
                  WHERE
                    "t0"."project_id" = 7
                    AND "t0"."timestamp" >= toTimeZone(CAST('2025-02-28 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                    AND "t0"."timestamp" < toTimeZone(CAST('2025-03-19 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                ) AS "t3"
              ) AS "t6"
              WHERE
                isNotNull("t6"."session_id")
            ) AS "t9"
            GROUP BY
              "t9"."session_id"
          ) AS "t14"
            ON "t12"."begun_session" = "t14"."session_id"
        ) AS "t18"
      ) AS "t19"
      GROUP BY
        "t19"."unit",
        "t19"."variant"
    ) AS "t20"
  ) AS "t22"
    ON "t17"."unit" = "t22"."valued_unit"
) AS "t23"
GROUP BY
  "t23"."variant"
