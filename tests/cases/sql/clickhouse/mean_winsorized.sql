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
), "units" AS (
  SELECT
    "t10"."variant" AS "variant",
    COALESCE("t13"."value", 0.0) AS "value"
  FROM "exposed" AS "t10"
  LEFT OUTER JOIN (
    SELECT
      "t11"."counted_unit" AS "counted_unit",
      SUM("t11"."measure") AS "value"
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
            AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."timestamp" < toTimeZone(CAST('2025-03-18 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."name" = 'purchase'
        ) AS "t2"
      ) AS "t6"
        ON "t10"."unit" = "t6"."counted_unit"
        AND "t6"."moment" >= "t10"."first"
        AND "t6"."moment" < (
          "t10"."first" + 259200000000
        )
    ) AS "t11"
    GROUP BY
      "t11"."counted_unit"
  ) AS "t13"
    ON "t10"."unit" = "t13"."counted_unit"
)
SELECT
  "t24"."variant" AS "variant",
  COUNT(*) AS "units",
  SUM("t24"."value") AS "total",
  SUM("t24"."value" * "t24"."value") AS "squares"
FROM (
  SELECT
    "t15"."variant" AS "variant",
    LEAST(
      GREATEST(
        "t15"."value",
        COALESCE(
          (
            SELECT
              MAX("t20"."value") AS "Max(value)"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t16"."value" AS "value",
                  ROW_NUMBER() OVER (
                    ORDER BY "t16"."value" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) - 1 AS "place",
                  COUNT(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "size"
                FROM (
                  SELECT
                    "t15"."value" AS "value"
                  FROM "units" AS "t15"
                ) AS "t16"
              ) AS "t18"
              WHERE
                "t18"."place" = LEAST(
                  CAST(FLOOR(CAST("t18"."size" AS Nullable(Float64)) * 0.01) AS Nullable(Int64)),
                  "t18"."size" - 1
                )
            ) AS "t20"
          ),
          "t15"."value"
        )
      ),
      COALESCE(
        (
          SELECT
            MAX("t21"."value") AS "Max(value)"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t17"."value" AS "value",
                ROW_NUMBER() OVER (
                  ORDER BY "t17"."value" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - 1 AS "place",
                COUNT(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "size"
              FROM (
                SELECT
                  "t15"."value" AS "value"
                FROM "units" AS "t15"
                WHERE
                  "t15"."value" <> 0
              ) AS "t17"
            ) AS "t19"
            WHERE
              "t19"."place" = LEAST(
                CAST(FLOOR(CAST("t19"."size" AS Nullable(Float64)) * 0.99) AS Nullable(Int64)),
                "t19"."size" - 1
              )
          ) AS "t21"
        ),
        GREATEST(
          "t15"."value",
          COALESCE(
            (
              SELECT
                MAX("t20"."value") AS "Max(value)"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    "t16"."value" AS "value",
                    ROW_NUMBER() OVER (
                      ORDER BY "t16"."value" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    ) - 1 AS "place",
                    COUNT(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "size"
                  FROM (
                    SELECT
                      "t15"."value" AS "value"
                    FROM "units" AS "t15"
                  ) AS "t16"
                ) AS "t18"
                WHERE
                  "t18"."place" = LEAST(
                    CAST(FLOOR(CAST("t18"."size" AS Nullable(Float64)) * 0.01) AS Nullable(Int64)),
                    "t18"."size" - 1
                  )
              ) AS "t20"
            ),
            "t15"."value"
          )
        )
      )
    ) AS "value"
  FROM "units" AS "t15"
) AS "t24"
GROUP BY
  "t24"."variant"
