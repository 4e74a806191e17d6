WITH "t1" AS (
  SELECT
    *
  FROM "events" AS "t0"
  WHERE
    "t0"."project_id" = 7
    AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
    AND "t0"."timestamp" < toTimeZone(CAST('2025-03-18 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
    AND "t0"."name" = 'purchase'
), "exposed" AS (
  SELECT
    "t10"."unit" AS "unit",
    "t10"."first" AS "first",
    "t10"."entries" AS "entries",
    CASE WHEN "t10"."lowest" = "t10"."highest" THEN "t10"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t8"."unit" AS "unit",
      MIN("t8"."variant") AS "lowest",
      MAX("t8"."variant") AS "highest",
      MIN("t8"."moment") AS "first",
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
    ) AS "t8"
    GROUP BY
      "t8"."unit"
  ) AS "t10"
  WHERE
    CASE WHEN "t10"."lowest" = "t10"."highest" THEN "t10"."lowest" ELSE '$multiple' END <> '$multiple'
), "units_of_over" AS (
  SELECT
    "t28"."unit" AS "unit",
    "t28"."variant" AS "variant",
    "t28"."over" AS "value",
    COALESCE(CAST("t28"."under" AS Nullable(Float64)), 0.0) AS "under"
  FROM (
    SELECT
      "t27".*
      EXCEPT ("under_unit")
    FROM (
      SELECT
        "t26"."unit" AS "unit",
        "t26"."variant" AS "variant",
        "t26"."over" AS "over",
        "t21"."under_unit" AS "under_unit",
        "t21"."under" AS "under"
      FROM (
        SELECT
          "t24"."unit" AS "unit",
          "t24"."variant" AS "variant",
          COALESCE("t24"."over", 0.0) AS "over"
        FROM (
          SELECT
            "t15"."unit" AS "unit",
            "t15"."variant" AS "variant",
            "t23"."over_unit" AS "over_unit",
            "t23"."over" AS "over"
          FROM (
            SELECT
              "t12"."unit" AS "unit",
              "t12"."variant" AS "variant"
            FROM "exposed" AS "t12"
          ) AS "t15"
          LEFT OUTER JOIN (
            SELECT
              "t19"."counted_unit" AS "over_unit",
              "t19"."value" AS "over"
            FROM (
              SELECT
                "t17"."counted_unit" AS "counted_unit",
                SUM("t17"."measure") AS "value"
              FROM (
                SELECT
                  "t13"."unit" AS "unit",
                  "t13"."first" AS "first",
                  "t13"."entries" AS "entries",
                  "t13"."variant" AS "variant",
                  "t9"."counted_unit" AS "counted_unit",
                  "t9"."moment" AS "moment",
                  "t9"."measure" AS "measure"
                FROM "exposed" AS "t13"
                INNER JOIN (
                  SELECT
                    "t3"."person_id" AS "counted_unit",
                    toUnixTimestamp64Micro("t3"."timestamp") AS "moment",
                    COALESCE(
                      CASE
                        WHEN CASE
                          WHEN "t3"."numbers" IS NULL OR 'amount' IS NULL
                          THEN NULL
                          ELSE mapContains("t3"."numbers", 'amount')
                        END
                        THEN CASE
                          WHEN mapContains("t3"."numbers", 'amount')
                          THEN "t3"."numbers"['amount']
                          ELSE NULL
                        END
                        ELSE NULL
                      END,
                      0.0
                    ) AS "measure"
                  FROM "t1" AS "t3"
                ) AS "t9"
                  ON "t13"."unit" = "t9"."counted_unit"
                  AND "t9"."moment" >= "t13"."first"
                  AND "t9"."moment" < (
                    "t13"."first" + 259200000000
                  )
              ) AS "t17"
              GROUP BY
                "t17"."counted_unit"
            ) AS "t19"
          ) AS "t23"
            ON "t15"."unit" = "t23"."over_unit"
        ) AS "t24"
      ) AS "t26"
      LEFT OUTER JOIN (
        SELECT
          "t18"."counted_unit" AS "under_unit",
          "t18"."value" AS "under"
        FROM (
          SELECT
            "t16"."counted_unit" AS "counted_unit",
            COUNT(*) AS "value"
          FROM (
            SELECT
              "t13"."unit" AS "unit",
              "t13"."first" AS "first",
              "t13"."entries" AS "entries",
              "t13"."variant" AS "variant",
              "t6"."counted_unit" AS "counted_unit",
              "t6"."moment" AS "moment"
            FROM "exposed" AS "t13"
            INNER JOIN (
              SELECT
                "t3"."person_id" AS "counted_unit",
                toUnixTimestamp64Micro("t3"."timestamp") AS "moment"
              FROM "t1" AS "t3"
            ) AS "t6"
              ON "t13"."unit" = "t6"."counted_unit"
              AND "t6"."moment" >= "t13"."first"
              AND "t6"."moment" < (
                "t13"."first" + 259200000000
              )
          ) AS "t16"
          GROUP BY
            "t16"."counted_unit"
        ) AS "t18"
      ) AS "t21"
        ON "t26"."unit" = "t21"."under_unit"
    ) AS "t27"
  ) AS "t28"
)
SELECT
  "t35"."variant" AS "variant",
  COUNT(*) AS "units",
  SUM("t35"."over") AS "total",
  SUM("t35"."over" * "t35"."over") AS "squares",
  SUM("t35"."under") AS "under_total",
  SUM("t35"."under" * "t35"."under") AS "under_squares",
  SUM("t35"."over" * "t35"."under") AS "products"
FROM (
  SELECT
    "t30"."unit" AS "unit",
    "t30"."variant" AS "variant",
    LEAST(
      "t30"."value",
      COALESCE(
        (
          SELECT
            MAX("t33"."value") AS "Max(value)"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t31"."value" AS "value",
                ROW_NUMBER() OVER (
                  ORDER BY "t31"."value" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - 1 AS "place",
                COUNT(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "size"
              FROM (
                SELECT
                  "t30"."value" AS "value"
                FROM "units_of_over" AS "t30"
              ) AS "t31"
            ) AS "t32"
            WHERE
              "t32"."place" = LEAST(
                CAST(FLOOR(CAST("t32"."size" AS Nullable(Float64)) * 0.99) AS Nullable(Int64)),
                "t32"."size" - 1
              )
          ) AS "t33"
        ),
        "t30"."value"
      )
    ) AS "over",
    "t30"."under" AS "under"
  FROM "units_of_over" AS "t30"
) AS "t35"
GROUP BY
  "t35"."variant"
