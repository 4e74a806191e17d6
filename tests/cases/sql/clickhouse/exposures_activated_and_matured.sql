SELECT
  "t13"."variant" AS "variant",
  "t13"."quarter" AS "quarter",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t12"."unit" AS "unit",
    "t12"."variant" AS "variant",
    "t12"."first" AS "first",
    "t12"."entries" AS "entries",
    "t12"."first" - (
      (
        (
          "t12"."first" % 900000000
        ) + 900000000
      ) % 900000000
    ) AS "quarter"
  FROM (
    SELECT
      "t11"."unit" AS "unit",
      MIN("t11"."variant") AS "variant",
      MIN("t11"."activated") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        "t10"."unit" AS "unit",
        "t10"."first" AS "first",
        "t10"."entries" AS "entries",
        "t10"."variant" AS "variant",
        "t6"."activated_unit" AS "activated_unit",
        "t6"."activated" AS "activated"
      FROM (
        SELECT
          "t8"."unit" AS "unit",
          "t8"."first" AS "first",
          "t8"."entries" AS "entries",
          CASE WHEN "t8"."lowest" = "t8"."highest" THEN "t8"."lowest" ELSE '$multiple' END AS "variant"
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
                "t2"."uuid" AS "uuid",
                "t2"."person_id" AS "unit",
                "t2"."flag_response" AS "variant",
                toUnixTimestamp64Micro("t2"."timestamp") AS "moment"
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
              ) AS "t2"
            ) AS "t4"
            WHERE
              "t4"."variant" IN ('control', 'test') AND isNotNull("t4"."unit")
          ) AS "t7"
          GROUP BY
            "t7"."unit"
        ) AS "t8"
      ) AS "t10"
      INNER JOIN (
        SELECT
          "t3"."unit" AS "activated_unit",
          "t3"."moment" AS "activated"
        FROM (
          SELECT
            "t1"."uuid" AS "uuid",
            "t1"."person_id" AS "unit",
            toUnixTimestamp64Micro("t1"."timestamp") AS "moment"
          FROM (
            SELECT
              *
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
              AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
              AND "t0"."name" = 'opened'
          ) AS "t1"
        ) AS "t3"
      ) AS "t6"
        ON "t10"."unit" = "t6"."activated_unit" AND "t6"."activated" >= "t10"."first"
    ) AS "t11"
    GROUP BY
      "t11"."unit"
  ) AS "t12"
  WHERE
    "t12"."first" <= 1741737600000000
) AS "t13"
GROUP BY
  "t13"."variant",
  "t13"."quarter"
