SELECT
  "t2"."variant",
  SUM("t2"."events") AS "events",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t1"."variant",
    "t1"."unit",
    COUNT(*) AS "events"
  FROM (
    SELECT
      "t0"."flag_response" AS "variant",
      "t0"."person_id" AS "unit"
    FROM "events" AS "t0"
    WHERE
      "t0"."project_id" = 7
      AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
      AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
      AND "t0"."name" = '$feature_flag_called'
      AND "t0"."flag_key" = 'checkout'
      AND "t0"."flag_response" IN ('control', 'test')
      AND "t0"."person_id" IS NOT NULL
  ) AS "t1"
  GROUP BY
    1,
    2
) AS "t2"
GROUP BY
  1
