WITH "exposed" AS (
  SELECT
    "t10"."unit",
    "t10"."first",
    "t10"."entries",
    CASE
      WHEN "t10"."rank" < 25
      THEN "t10"."part_0"
      ELSE '$$_posthog_breakdown_other_$$'
    END AS "part_0",
    "t10"."variant"
  FROM (
    SELECT
      "t9"."unit",
      "t9"."first",
      "t9"."entries",
      "t9"."part_0",
      "t9"."variant",
      "t9"."size",
      DENSE_RANK() OVER (
        ORDER BY "t9"."size" DESC, "t9"."part_0" ASC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t8"."unit",
        "t8"."first",
        "t8"."entries",
        "t8"."part_0",
        "t8"."variant",
        SUM(CASE WHEN "t8"."variant" <> '$multiple' THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t8"."part_0"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "size"
      FROM (
        SELECT
          "t7"."unit",
          "t7"."first",
          "t7"."entries",
          "t7"."part_0",
          CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t6"."unit",
            MIN("t6"."variant") AS "lowest",
            MAX("t6"."variant") AS "highest",
            MIN("t6"."moment") AS "first",
            COUNT(*) AS "entries",
            FIRST(
              "t6"."part_0" ORDER BY {'moment': "t6"."moment", 'uuid': CAST("t6"."uuid" AS TEXT)}
            ) AS "part_0"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t2"."uuid",
                "t2"."person_id" AS "unit",
                "t2"."flag_response" AS "variant",
                EPOCH_US("t2"."timestamp") AS "moment",
                COALESCE(
                  NULLIF(
                    COALESCE(
                      CASE
                        WHEN JSON_TYPE("t2"."properties", '/plan') = 'VARCHAR'
                        THEN "t2"."properties" ->> '/plan'
                        ELSE NULL
                      END,
                      NULLIF(
                        COALESCE(
                          "t2"."properties" ->> '/plan',
                          CASE WHEN JSON_EXISTS("t2"."properties", '/plan') THEN 'null' ELSE NULL END
                        ),
                        'null'
                      )
                    ),
                    ''
                  ),
                  '$$_posthog_breakdown_null_$$'
                ) AS "part_0"
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
            ) AS "t5"
            WHERE
              "t5"."variant" IN ('control', 'test') AND "t5"."unit" IS NOT NULL
          ) AS "t6"
          GROUP BY
            1
        ) AS "t7"
      ) AS "t8"
    ) AS "t9"
  ) AS "t10"
  WHERE
    "t10"."variant" <> '$multiple'
), "units" AS (
  SELECT
    "t13"."variant",
    "t13"."part_0",
    COALESCE("t16"."value", 0.0) AS "value"
  FROM "exposed" AS "t13"
  LEFT OUTER JOIN (
    SELECT
      "t14"."counted_unit",
      SUM("t14"."measure") AS "value"
    FROM (
      SELECT
        "t13"."unit",
        "t13"."first",
        "t13"."entries",
        "t13"."part_0",
        "t13"."variant",
        "t4"."counted_unit",
        "t4"."moment",
        "t4"."measure"
      FROM "exposed" AS "t13"
      INNER JOIN (
        SELECT
          "t1"."person_id" AS "counted_unit",
          EPOCH_US("t1"."timestamp") AS "moment",
          COALESCE("t1"."number_3", 0.0) AS "measure"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
            AND "t0"."timestamp" < CAST('2025-03-18 10:30:00.000250' AS TIMESTAMP(6))
            AND "t0"."name" = 'purchase'
        ) AS "t1"
      ) AS "t4"
        ON "t13"."unit" = "t4"."counted_unit"
        AND "t4"."moment" >= "t13"."first"
        AND "t4"."moment" < (
          "t13"."first" + 259200000000
        )
    ) AS "t14"
    GROUP BY
      1
  ) AS "t16"
    ON "t13"."unit" = "t16"."counted_unit"
)
SELECT
  "t22"."variant",
  "t22"."part_0",
  COUNT(*) AS "units",
  SUM("t22"."value") AS "total",
  SUM("t22"."value" * "t22"."value") AS "squares"
FROM (
  SELECT
    "t21"."variant",
    "t21"."part_0",
    LEAST(
      GREATEST("t21"."value", COALESCE("t21"."lower_bound", "t21"."value")),
      COALESCE(
        "t21"."upper_bound",
        GREATEST("t21"."value", COALESCE("t21"."lower_bound", "t21"."value"))
      )
    ) AS "value"
  FROM (
    SELECT
      "t20"."variant",
      "t20"."part_0",
      "t20"."value",
      "t20"."lower_bound",
      "t20"."is_pooled",
      "t20"."place",
      "t20"."pool",
      MAX(
        CASE
          WHEN "t20"."is_pooled"
          AND (
            "t20"."place" = LEAST(CAST(FLOOR(CAST("t20"."pool" AS DOUBLE) * 0.99) AS BIGINT), "t20"."pool" - 1)
          )
          THEN "t20"."value"
          ELSE NULL
        END
      ) OVER (
        PARTITION BY "t20"."part_0"
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) AS "upper_bound"
    FROM (
      SELECT
        "t19"."variant",
        "t19"."part_0",
        "t19"."value",
        "t19"."lower_bound",
        "t19"."is_pooled",
        ROW_NUMBER() OVER (
          PARTITION BY "t19"."part_0", "t19"."is_pooled"
          ORDER BY "t19"."value" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS "place",
        SUM(CASE WHEN "t19"."is_pooled" THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t19"."part_0"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "pool"
      FROM (
        SELECT
          "t18"."variant",
          "t18"."part_0",
          "t18"."value",
          CAST(NULL AS DOUBLE) AS "lower_bound",
          "t18"."value" <> 0 AS "is_pooled"
        FROM "units" AS "t18"
      ) AS "t19"
    ) AS "t20"
  ) AS "t21"
) AS "t22"
GROUP BY
  1,
  2
