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
), "split_values" AS (
  SELECT
    "t18"."variant",
    "t18"."unit",
    "t18"."part",
    SUM("t18"."value") AS "value"
  FROM (
    SELECT
      "t17"."variant",
      "t17"."unit",
      CASE
        WHEN "t17"."rank" < 25
        THEN "t17"."part"
        ELSE '$$_posthog_breakdown_other_$$'
      END AS "part",
      "t17"."value",
      "t17"."size",
      "t17"."rank"
    FROM (
      SELECT
        "t16"."variant",
        "t16"."unit",
        "t16"."part",
        "t16"."value",
        "t16"."size",
        DENSE_RANK() OVER (
          ORDER BY "t16"."size" DESC, "t16"."part" ASC
          RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) - 1 AS "rank"
      FROM (
        SELECT
          "t15"."variant",
          "t15"."unit",
          "t15"."part",
          "t15"."value",
          COUNT(*) OVER (
            PARTITION BY "t15"."part"
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "size"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t13"."variant",
              "t13"."unit",
              "t13"."part",
              SUM("t13"."measure") AS "value"
            FROM (
              SELECT
                "t10"."unit",
                "t10"."first",
                "t10"."entries",
                "t10"."variant",
                "t7"."counted_unit",
                "t7"."moment",
                "t7"."part",
                "t7"."measure"
              FROM "exposed" AS "t10"
              INNER JOIN (
                SELECT
                  "t2"."person_id" AS "counted_unit",
                  EPOCH_US("t2"."timestamp") AS "moment",
                  COALESCE(
                    NULLIF(
                      COALESCE(
                        CASE
                          WHEN JSON_TYPE("t2"."properties", '/item') = 'VARCHAR'
                          THEN "t2"."properties" ->> '/item'
                          ELSE NULL
                        END,
                        NULLIF(
                          COALESCE(
                            "t2"."properties" ->> '/item',
                            CASE WHEN JSON_EXISTS("t2"."properties", '/item') THEN 'null' ELSE NULL END
                          ),
                          'null'
                        )
                      ),
                      ''
                    ),
                    '$$_posthog_breakdown_null_$$'
                  ) AS "part",
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
              ) AS "t7"
                ON "t10"."unit" = "t7"."counted_unit"
                AND "t7"."moment" >= "t10"."first"
                AND "t7"."moment" < (
                  "t10"."first" + 259200000000
                )
            ) AS "t13"
            GROUP BY
              1,
              2,
              3
          ) AS "t14"
        ) AS "t15"
      ) AS "t16"
    ) AS "t17"
  ) AS "t18"
  GROUP BY
    1,
    2,
    3
)
SELECT
  "t12"."variant",
  "t22"."part",
  "t12"."units",
  COALESCE("t25"."total", 0.0) AS "total",
  COALESCE("t25"."squares", 0.0) AS "squares"
FROM (
  SELECT
    "t9"."variant",
    COUNT(*) AS "units"
  FROM "exposed" AS "t9"
  GROUP BY
    1
) AS "t12"
CROSS JOIN (
  SELECT DISTINCT
    "t20"."part"
  FROM "split_values" AS "t20"
) AS "t22"
LEFT OUTER JOIN (
  SELECT
    "t23"."total",
    "t23"."squares",
    "t23"."variant" AS "of_variant",
    "t23"."part" AS "of_part"
  FROM (
    SELECT
      "t20"."variant",
      "t20"."part",
      SUM("t20"."value") AS "total",
      SUM("t20"."value" * "t20"."value") AS "squares"
    FROM "split_values" AS "t20"
    GROUP BY
      1,
      2
  ) AS "t23"
) AS "t25"
  ON "t12"."variant" = "t25"."of_variant" AND "t22"."part" = "t25"."of_part"
