WITH "exposed" AS (
  SELECT
    "t7"."unit",
    "t7"."first",
    "t7"."entries",
    CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t6"."unit",
      MIN("t6"."variant") AS "lowest",
      MAX("t6"."variant") AS "highest",
      MIN("t6"."moment") AS "first",
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
    ) AS "t6"
    GROUP BY
      1
  ) AS "t7"
  WHERE
    CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END <> '$multiple'
), "units" AS (
  SELECT
    "t10"."variant",
    COALESCE("t13"."value", 0.0) AS "value"
  FROM "exposed" AS "t10"
  LEFT OUTER JOIN (
    SELECT
      "t11"."counted_unit",
      SUM("t11"."measure") AS "value"
    FROM (
      SELECT
        "t10"."unit",
        "t10"."first",
        "t10"."entries",
        "t10"."variant",
        "t5"."counted_unit",
        "t5"."moment",
        "t5"."measure"
      FROM "exposed" AS "t10"
      INNER JOIN (
        SELECT
          "t2"."person_id" AS "counted_unit",
          EPOCH_US("t2"."timestamp") AS "moment",
          COALESCE("t2"."number_3", 0.0) AS "measure"
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
        ON "t10"."unit" = "t5"."counted_unit"
        AND "t5"."moment" >= "t10"."first"
        AND "t5"."moment" < (
          "t10"."first" + 259200000000
        )
    ) AS "t11"
    GROUP BY
      1
  ) AS "t13"
    ON "t10"."unit" = "t13"."counted_unit"
)
SELECT
  "t24"."variant",
  COUNT(*) AS "units",
  SUM("t24"."value") AS "total",
  SUM("t24"."value" * "t24"."value") AS "squares"
FROM (
  SELECT
    "t15"."variant",
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
                  "t16"."value",
                  ROW_NUMBER() OVER (
                    ORDER BY "t16"."value" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) - 1 AS "place",
                  COUNT(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "size"
                FROM (
                  SELECT
                    "t15"."value"
                  FROM "units" AS "t15"
                ) AS "t16"
              ) AS "t18"
              WHERE
                "t18"."place" = LEAST(CAST(FLOOR(CAST("t18"."size" AS DOUBLE) * 0.01) AS BIGINT), "t18"."size" - 1)
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
                "t17"."value",
                ROW_NUMBER() OVER (
                  ORDER BY "t17"."value" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - 1 AS "place",
                COUNT(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "size"
              FROM (
                SELECT
                  "t15"."value"
                FROM "units" AS "t15"
                WHERE
                  "t15"."value" <> 0
              ) AS "t17"
            ) AS "t19"
            WHERE
              "t19"."place" = LEAST(CAST(FLOOR(CAST("t19"."size" AS DOUBLE) * 0.99) AS BIGINT), "t19"."size" - 1)
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
                    "t16"."value",
                    ROW_NUMBER() OVER (
                      ORDER BY "t16"."value" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    ) - 1 AS "place",
                    COUNT(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "size"
                  FROM (
                    SELECT
                      "t15"."value"
                    FROM "units" AS "t15"
                  ) AS "t16"
                ) AS "t18"
                WHERE
                  "t18"."place" = LEAST(CAST(FLOOR(CAST("t18"."size" AS DOUBLE) * 0.01) AS BIGINT), "t18"."size" - 1)
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
  1
