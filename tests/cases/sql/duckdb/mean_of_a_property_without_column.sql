WITH "exposed" AS (
  SELECT
    "t5"."unit",
    "t5"."first",
    "t5"."entries",
    CASE WHEN "t5"."lowest" = "t5"."highest" THEN "t5"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t4"."unit",
      MIN("t4"."variant") AS "lowest",
      MAX("t4"."variant") AS "highest",
      MIN("t4"."moment") AS "first",
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
      ) AS "t3"
      WHERE
        "t3"."variant" IN ('control', 'test') AND "t3"."unit" IS NOT NULL
    ) AS "t4"
    GROUP BY
      1
  ) AS "t5"
  WHERE
    CASE WHEN "t5"."lowest" = "t5"."highest" THEN "t5"."lowest" ELSE '$multiple' END <> '$multiple'
)
SELECT
  "t14"."variant",
  COUNT(*) AS "units",
  SUM("t14"."value") AS "total",
  SUM("t14"."value" * "t14"."value") AS "squares"
FROM (
  SELECT
    "t10"."variant",
    COALESCE("t13"."value", 0.0) AS "value"
  FROM "exposed" AS "t10"
  LEFT OUTER JOIN (
    SELECT
      "t11"."counted_unit",
      MAX("t11"."measure") AS "value"
    FROM (
      SELECT
        "t10"."unit",
        "t10"."first",
        "t10"."entries",
        "t10"."variant",
        "t7"."counted_unit",
        "t7"."moment",
        "t7"."measure"
      FROM "exposed" AS "t10"
      INNER JOIN (
        SELECT
          "t2"."person_id" AS "counted_unit",
          EPOCH_US("t2"."timestamp") AS "moment",
          COALESCE(
            CASE
              WHEN ISFINITE(
                CASE
                  WHEN REGEXP_FULL_MATCH(
                    COALESCE(
                      "t2"."properties" ->> '/$load',
                      CASE WHEN JSON_EXISTS("t2"."properties", '/$load') THEN 'null' ELSE NULL END
                    ),
                    '(?i)[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity)'
                  )
                  THEN TRY_CAST(COALESCE(
                    "t2"."properties" ->> '/$load',
                    CASE WHEN JSON_EXISTS("t2"."properties", '/$load') THEN 'null' ELSE NULL END
                  ) AS DOUBLE)
                  ELSE NULL
                END
              )
              THEN CASE
                WHEN REGEXP_FULL_MATCH(
                  COALESCE(
                    "t2"."properties" ->> '/$load',
                    CASE WHEN JSON_EXISTS("t2"."properties", '/$load') THEN 'null' ELSE NULL END
                  ),
                  '(?i)[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity)'
                )
                THEN TRY_CAST(COALESCE(
                  "t2"."properties" ->> '/$load',
                  CASE WHEN JSON_EXISTS("t2"."properties", '/$load') THEN 'null' ELSE NULL END
                ) AS DOUBLE)
                ELSE NULL
              END
              ELSE NULL
            END,
            0.0
          ) AS "measure"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
            AND "t0"."timestamp" < CAST('2025-03-18 10:30:00.000250' AS TIMESTAMP(6))
            AND "t0"."name" = 'purchase'
        ) AS "t2"
      ) AS "t7"
        ON "t10"."unit" = "t7"."counted_unit"
        AND "t7"."moment" >= "t10"."first"
        AND "t7"."moment" < (
          "t10"."first" + 259200000000
        )
    ) AS "t11"
    GROUP BY
      1
  ) AS "t13"
    ON "t10"."unit" = "t13"."counted_unit"
) AS "t14"
GROUP BY
  1
