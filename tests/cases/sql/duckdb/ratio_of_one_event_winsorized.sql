WITH "t1" AS (
  SELECT
    *
  FROM "events" AS "t0"
  WHERE
    "t0"."project_id" = 7
    AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
    AND "t0"."timestamp" < CAST('2025-03-18 10:30:00.000250' AS TIMESTAMP(6))
    AND "t0"."name" = 'purchase'
), "exposed" AS (
  SELECT
    "t10"."unit",
    "t10"."first",
    "t10"."entries",
    CASE WHEN "t10"."lowest" = "t10"."highest" THEN "t10"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t9"."unit",
      MIN("t9"."variant") AS "lowest",
      MAX("t9"."variant") AS "highest",
      MIN("t9"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t2"."uuid",
          "t2"."person_id" AS "unit",
          "t2"."flag_response" AS "variant",
          EPOCH_US("t2"."timestamp") AS "moment"
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
        ) AS "t2"
      ) AS "t4"
      WHERE
        "t4"."variant" IN ('control', 'test') AND "t4"."unit" IS NOT NULL
    ) AS "t9"
    GROUP BY
      1
  ) AS "t10"
  WHERE
    CASE WHEN "t10"."lowest" = "t10"."highest" THEN "t10"."lowest" ELSE '$multiple' END <> '$multiple'
), "units_of_over" AS (
  SELECT
    "t28"."unit",
    "t28"."variant",
    "t28"."over" AS "value",
    COALESCE(CAST("t28"."under" AS DOUBLE), 0.0) AS "under"
  FROM (
    SELECT
      "t27".*
      EXCLUDE ("under_unit")
    FROM (
      SELECT
        "t26"."unit",
        "t26"."variant",
        "t26"."over",
        "t21"."under_unit",
        "t21"."under"
      FROM (
        SELECT
          "t24"."unit",
          "t24"."variant",
          COALESCE("t24"."over", 0.0) AS "over"
        FROM (
          SELECT
            "t15"."unit",
            "t15"."variant",
            "t23"."over_unit",
            "t23"."over"
          FROM (
            SELECT
              "t12"."unit",
              "t12"."variant"
            FROM "exposed" AS "t12"
          ) AS "t15"
          LEFT OUTER JOIN (
            SELECT
              "t19"."counted_unit" AS "over_unit",
              "t19"."value" AS "over"
            FROM (
              SELECT
                "t17"."counted_unit",
                SUM("t17"."measure") AS "value"
              FROM (
                SELECT
                  "t13"."unit",
                  "t13"."first",
                  "t13"."entries",
                  "t13"."variant",
                  "t8"."counted_unit",
                  "t8"."moment",
                  "t8"."measure"
                FROM "exposed" AS "t13"
                INNER JOIN (
                  SELECT
                    "t3"."person_id" AS "counted_unit",
                    EPOCH_US("t3"."timestamp") AS "moment",
                    COALESCE("t3"."number_3", 0.0) AS "measure"
                  FROM "t1" AS "t3"
                ) AS "t8"
                  ON "t13"."unit" = "t8"."counted_unit"
                  AND "t8"."moment" >= "t13"."first"
                  AND "t8"."moment" < (
                    "t13"."first" + 259200000000
                  )
              ) AS "t17"
              GROUP BY
                1
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
            "t16"."counted_unit",
            COUNT(*) AS "value"
          FROM (
            SELECT
              "t13"."unit",
              "t13"."first",
              "t13"."entries",
              "t13"."variant",
              "t7"."counted_unit",
              "t7"."moment"
            FROM "exposed" AS "t13"
            INNER JOIN (
              SELECT
                "t3"."person_id" AS "counted_unit",
                EPOCH_US("t3"."timestamp") AS "moment"
              FROM "t1" AS "t3"
            ) AS "t7"
              ON "t13"."unit" = "t7"."counted_unit"
              AND "t7"."moment" >= "t13"."first"
              AND "t7"."moment" < (
                "t13"."first" + 259200000000
              )
          ) AS "t16"
          GROUP BY
            1
        ) AS "t18"
      ) AS "t21"
        ON "t26"."unit" = "t21"."under_unit"
    ) AS "t27"
  ) AS "t28"
)
SELECT
  "t35"."variant",
  COUNT(*) AS "units",
  SUM("t35"."over") AS "total",
  SUM("t35"."over" * "t35"."over") AS "squares",
  SUM("t35"."under") AS "under_total",
  SUM("t35"."under" * "t35"."under") AS "under_squares",
  SUM("t35"."over" * "t35"."under") AS "products"
FROM (
  SELECT
    "t30"."unit",
    "t30"."variant",
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
                "t31"."value",
                ROW_NUMBER() OVER (
                  ORDER BY "t31"."value" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - 1 AS "place",
                COUNT(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "size"
              FROM (
                SELECT
                  "t30"."value"
                FROM "units_of_over" AS "t30"
              ) AS "t31"
            ) AS "t32"
            WHERE
              "t32"."place" = LEAST(CAST(FLOOR(CAST("t32"."size" AS DOUBLE) * 0.99) AS BIGINT), "t32"."size" - 1)
          ) AS "t33"
        ),
        "t30"."value"
      )
    ) AS "over",
    "t30"."under"
  FROM "units_of_over" AS "t30"
) AS "t35"
GROUP BY
  1
