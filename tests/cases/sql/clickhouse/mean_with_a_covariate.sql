WITH "exposed" AS (
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
      ) AS "t3"
      WHERE
        "t3"."variant" IN ('control', 'test') AND isNotNull("t3"."unit")
    ) AS "t5"
    GROUP BY
      "t5"."unit"
  ) AS "t7"
  WHERE
    CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END <> '$multiple'
)
SELECT
  "t14"."variant" AS "variant",
  COUNT(*) AS "units",
  SUM("t14"."value") AS "total",
  SUM("t14"."value" * "t14"."value") AS "squares",
  SUM("t14"."covariate") AS "covariate_total",
  SUM("t14"."covariate" * "t14"."covariate") AS "covariate_squares",
  SUM("t14"."value" * "t14"."covariate") AS "covariate_products"
FROM (
  SELECT
    "t10"."variant" AS "variant",
    COALESCE("t13"."value", 0.0) AS "value",
    COALESCE("t13"."covariate", 0.0) AS "covariate"
  FROM "exposed" AS "t10"
  LEFT OUTER JOIN (
    SELECT
      "t11"."counted_unit" AS "counted_unit",
      SUM(
        CASE
          WHEN NOT (
            "t11"."moment" < "t11"."first"
          )
          THEN "t11"."measure"
          ELSE NULL
        END
      ) AS "value",
      SUM(CASE WHEN "t11"."moment" < "t11"."first" THEN "t11"."measure" ELSE NULL END) AS "covariate"
    FROM (
      SELECT
        "t10"."unit" AS "unit",
        "t10"."first" AS "first",
        "t10"."entries" AS "entries",
        "t10"."variant" AS "variant",
        "t6"."counted_unit" AS "counted_unit",
        "t6"."moment" AS "moment",
        "t6"."measure" AS "measure"
      FROM "exposed" AS "t10"
      INNER JOIN (
        SELECT
          "t2"."person_id" AS "counted_unit",
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
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= toTimeZone(CAST('2025-02-15 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."timestamp" < toTimeZone(CAST('2025-03-18 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."name" = 'purchase'
        ) AS "t2"
      ) AS "t6"
        ON "t10"."unit" = "t6"."counted_unit"
        AND "t6"."moment" >= (
          "t10"."first" - 1209600000000
        )
        AND "t6"."moment" < (
          "t10"."first" + 259200000000
        )
    ) AS "t11"
    GROUP BY
      "t11"."counted_unit"
  ) AS "t13"
    ON "t10"."unit" = "t13"."counted_unit"
) AS "t14"
GROUP BY
  "t14"."variant"
