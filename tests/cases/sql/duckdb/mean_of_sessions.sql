WITH "exposed" AS (
  SELECT
    "t10"."unit",
    "t10"."first",
    "t10"."entries",
    CASE WHEN "t10"."lowest" = "t10"."highest" THEN "t10"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t7"."unit",
      MIN("t7"."variant") AS "lowest",
      MAX("t7"."variant") AS "highest",
      MIN("t7"."moment") AS "first",
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
      ) AS "t4"
      WHERE
        "t4"."variant" IN ('control', 'test') AND "t4"."unit" IS NOT NULL
    ) AS "t7"
    GROUP BY
      1
  ) AS "t10"
  WHERE
    CASE WHEN "t10"."lowest" = "t10"."highest" THEN "t10"."lowest" ELSE '$multiple' END <> '$multiple'
)
SELECT
  "t23"."variant",
  COUNT("t23"."value") AS "units",
  COALESCE(SUM("t23"."value"), 0.0) AS "total",
  COALESCE(SUM("t23"."value" * "t23"."value"), 0.0) AS "squares"
FROM (
  SELECT
    "t17"."unit",
    "t17"."first",
    "t17"."entries",
    "t17"."variant",
    "t22"."value",
    "t22"."valued_unit"
  FROM "exposed" AS "t17"
  LEFT OUTER JOIN (
    SELECT
      "t20"."value",
      "t20"."unit" AS "valued_unit"
    FROM (
      SELECT
        "t19"."unit",
        "t19"."variant",
        AVG("t19"."value") AS "value"
      FROM (
        SELECT
          "t18"."unit",
          "t18"."begun_session",
          "t18"."variant",
          "t18"."session_id",
          "t18"."worth",
          COALESCE("t18"."worth", 0.0) AS "value"
        FROM (
          SELECT
            "t17"."unit",
            "t12"."begun_session",
            "t17"."variant",
            "t14"."session_id",
            "t14"."worth"
          FROM "exposed" AS "t17"
          INNER JOIN (
            SELECT
              "t8"."begun_unit",
              "t8"."begun_session",
              MIN("t8"."moment") AS "begun"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t2"."person_id" AS "begun_unit",
                  "t2"."session_id" AS "begun_session",
                  EPOCH_US("t2"."timestamp") AS "moment"
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
              ) AS "t5"
              WHERE
                "t5"."begun_session" IS NOT NULL
            ) AS "t8"
            GROUP BY
              1,
              2
          ) AS "t12"
            ON "t17"."unit" = "t12"."begun_unit"
            AND "t12"."begun" >= "t17"."first"
            AND "t12"."begun" < (
              "t17"."first" + 259200000000
            )
          LEFT OUTER JOIN (
            SELECT
              "t9"."session_id",
              CAST(MAX("t9"."moment") - MIN("t9"."moment") AS DOUBLE) / 1000000 AS "worth"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t3"."session_id",
                  EPOCH_US("t3"."timestamp") AS "moment"
                FROM (
                  SELECT
                    *
                  FROM "events" AS "t0"
                  WHERE
                    "t0"."project_id" = 7
                    AND "t0"."timestamp" >= CAST('2025-02-28 00:00:00' AS TIMESTAMP(6))
                    AND "t0"."timestamp" < CAST('2025-03-19 10:30:00.000250' AS TIMESTAMP(6))
                ) AS "t3"
              ) AS "t6"
              WHERE
                "t6"."session_id" IS NOT NULL
            ) AS "t9"
            GROUP BY
              1
          ) AS "t14"
            ON "t12"."begun_session" = "t14"."session_id"
        ) AS "t18"
      ) AS "t19"
      GROUP BY
        1,
        2
    ) AS "t20"
  ) AS "t22"
    ON "t17"."unit" = "t22"."valued_unit"
) AS "t23"
GROUP BY
  1
