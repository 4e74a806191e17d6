SELECT
  "t5"."variant",
  "t5"."quarter",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t4"."unit",
    "t4"."first",
    "t4"."entries",
    CASE WHEN "t4"."lowest" = "t4"."highest" THEN "t4"."lowest" ELSE '$multiple' END AS "variant",
    "t4"."first" - (
      (
        (
          "t4"."first" % 900000000
        ) + 900000000
      ) % 900000000
    ) AS "quarter"
  FROM (
    SELECT
      "t3"."unit",
      MIN("t3"."variant") AS "lowest",
      MAX("t3"."variant") AS "highest",
      MIN("t3"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t1"."uuid",
          "t1"."person_id" AS "unit",
          "t1"."flag_response" AS "variant",
          EPOCH_US("t1"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
            AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
            AND "t0"."name" = '$feature_flag_called'
            AND "t0"."flag_key" = 'checkout'
        ) AS "t1"
      ) AS "t2"
      WHERE
        "t2"."variant" IN ('control', 'test') AND "t2"."unit" IS NOT NULL
    ) AS "t3"
    GROUP BY
      1
  ) AS "t4"
) AS "t5"
GROUP BY
  1,
  2
