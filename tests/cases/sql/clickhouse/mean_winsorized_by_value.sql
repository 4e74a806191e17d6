WITH "exposed" AS (
  SELECT
    "t10"."unit" AS "unit",
    "t10"."first" AS "first",
    "t10"."entries" AS "entries",
    CASE
      WHEN "t10"."rank" < 25
      THEN "t10"."part_0"
      ELSE '$$_posthog_breakdown_other_$$'
    END AS "part_0",
    "t10"."variant" AS "variant"
  FROM (
    SELECT
      "t9"."unit" AS "unit",
      "t9"."first" AS "first",
      "t9"."entries" AS "entries",
      "t9"."part_0" AS "part_0",
      "t9"."variant" AS "variant",
      "t9"."size" AS "size",
      DENSE_RANK() OVER (
        ORDER BY "t9"."size" DESC, "t9"."part_0" ASC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t8"."unit" AS "unit",
        "t8"."first" AS "first",
        "t8"."entries" AS "entries",
        "t8"."part_0" AS "part_0",
        "t8"."variant" AS "variant",
        SUM(CASE WHEN "t8"."variant" <> '$multiple' THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t8"."part_0"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "size"
      FROM (
        SELECT
          "t7"."unit" AS "unit",
          "t7"."first" AS "first",
          "t7"."entries" AS "entries",
          "t7"."part_0" AS "part_0",
          CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t6"."unit" AS "unit",
            MIN("t6"."variant") AS "lowest",
            MAX("t6"."variant") AS "highest",
            MIN("t6"."moment") AS "first",
            COUNT(*) AS "entries",
            argMin(tuple("t6"."part_0"), tuple("t6"."moment", CAST("t6"."uuid" AS Nullable(String)))).1 AS "part_0"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t2"."uuid" AS "uuid",
                "t2"."person_id" AS "unit",
                "t2"."flag_response" AS "variant",
                toUnixTimestamp64Micro("t2"."timestamp") AS "moment",
                COALESCE(
                  nullIf(
                    COALESCE(
                      CASE
                        WHEN startsWith(
                          CASE
                            WHEN CASE
                              WHEN "t2"."properties" IS NULL OR 'plan' IS NULL
                              THEN NULL
                              ELSE mapContains("t2"."properties", 'plan')
                            END
                            THEN CASE
                              WHEN mapContains("t2"."properties", 'plan')
                              THEN "t2"."properties"['plan']
                              ELSE NULL
                            END
                            ELSE NULL
                          END,
                          '"'
                        )
                        THEN JSONExtractString(
                          CASE
                            WHEN CASE
                              WHEN "t2"."properties" IS NULL OR 'plan' IS NULL
                              THEN NULL
                              ELSE mapContains("t2"."properties", 'plan')
                            END
                            THEN CASE
                              WHEN mapContains("t2"."properties", 'plan')
                              THEN "t2"."properties"['plan']
                              ELSE NULL
                            END
                            ELSE NULL
                          END
                        )
                        ELSE NULL
                      END,
                      nullIf(
                        CASE
                          WHEN startsWith(
                            CASE
                              WHEN CASE
                                WHEN "t2"."properties" IS NULL OR 'plan' IS NULL
                                THEN NULL
                                ELSE mapContains("t2"."properties", 'plan')
                              END
                              THEN CASE
                                WHEN mapContains("t2"."properties", 'plan')
                                THEN "t2"."properties"['plan']
                                ELSE NULL
                              END
                              ELSE NULL
                            END,
                            '"'
                          )
                          THEN JSONExtractString(
                            CASE
                              WHEN CASE
                                WHEN "t2"."properties" IS NULL OR 'plan' IS NULL
                                THEN NULL
                                ELSE mapContains("t2"."properties", 'plan')
                              END
                              THEN CASE
                                WHEN mapContains("t2"."properties", 'plan')
                                THEN "t2"."properties"['plan']
                                ELSE NULL
                              END
                              ELSE NULL
                            END
                          )
                          ELSE CASE
                            WHEN CASE
                              WHEN "t2"."properties" IS NULL OR 'plan' IS NULL
                              THEN NULL
                              ELSE mapContains("t2"."properties", 'plan')
                            END
                            THEN CASE
                              WHEN mapContains("t2"."properties", 'plan')
                              THEN "t2"."properties"['plan']
                              ELSE NULL
                            END
                            ELSE NULL
                          END
                        END,
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
                  AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                  AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                  AND "t0"."name" = '$feature_flag_called'
                  AND "t0"."flag_key" = 'checkout'
              ) AS "t2"
            ) AS "t5"
            WHERE
              "t5"."variant" IN ('control', 'test') AND isNotNull("t5"."unit")
          ) AS "t6"
          GROUP BY
            "t6"."unit"
        ) AS "t7"
      ) AS "t8"
    ) AS "t9"
  ) AS "t10"
  WHERE
    "t10"."variant" <> '$multiple'
), "units" AS (
  SELECT
    "t13"."variant" AS "variant",
    "t13"."part_0" AS "part_0",
    COALESCE("t16"."value", 0.0) AS "value"
  FROM "exposed" AS "t13"
  LEFT OUTER JOIN (
    SELECT
      "t14"."counted_unit" AS "counted_unit",
      SUM("t14"."measure") AS "value"
    FROM (
      SELECT
        "t13"."unit" AS "unit",
        "t13"."first" AS "first",
        "t13"."entries" AS "entries",
        "t13"."part_0" AS "part_0",
        "t13"."variant" AS "variant",
        "t4"."counted_unit" AS "counted_unit",
        "t4"."moment" AS "moment",
        "t4"."measure" AS "measure"
      FROM "exposed" AS "t13"
      INNER JOIN (
        SELECT
          "t1"."person_id" AS "counted_unit",
          toUnixTimestamp64Micro("t1"."timestamp") AS "moment",
          COALESCE(
            CASE
              WHEN CASE
                WHEN "t1"."numbers" IS NULL OR 'amount' IS NULL
                THEN NULL
                ELSE mapContains("t1"."numbers", 'amount')
              END
              THEN CASE
                WHEN mapContains("t1"."numbers", 'amount')
                THEN "t1"."numbers"['amount']
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
        ) AS "t1"
      ) AS "t4"
        ON "t13"."unit" = "t4"."counted_unit"
        AND "t4"."moment" >= "t13"."first"
        AND "t4"."moment" < (
          "t13"."first" + 259200000000
        )
    ) AS "t14"
    GROUP BY
      "t14"."counted_unit"
  ) AS "t16"
    ON "t13"."unit" = "t16"."counted_unit"
)
SELECT
  "t22"."variant" AS "variant",
  "t22"."part_0" AS "part_0",
  COUNT(*) AS "units",
  SUM("t22"."value") AS "total",
  SUM("t22"."value" * "t22"."value") AS "squares"
FROM (
  SELECT
    "t21"."variant" AS "variant",
    "t21"."part_0" AS "part_0",
    LEAST(
      GREATEST("t21"."value", COALESCE("t21"."lower_bound", "t21"."value")),
      COALESCE(
        "t21"."upper_bound",
        GREATEST("t21"."value", COALESCE("t21"."lower_bound", "t21"."value"))
      )
    ) AS "value"
  FROM (
    SELECT
      "t20"."variant" AS "variant",
      "t20"."part_0" AS "part_0",
      "t20"."value" AS "value",
      "t20"."lower_bound" AS "lower_bound",
      "t20"."is_pooled" AS "is_pooled",
      "t20"."place" AS "place",
      "t20"."pool" AS "pool",
      MAX(
        CASE
          WHEN "t20"."is_pooled"
          AND (
            "t20"."place" = LEAST(
              CAST(FLOOR(CAST("t20"."pool" AS Nullable(Float64)) * 0.99) AS Nullable(Int64)),
              "t20"."pool" - 1
            )
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
        "t19"."variant" AS "variant",
        "t19"."part_0" AS "part_0",
        "t19"."value" AS "value",
        "t19"."lower_bound" AS "lower_bound",
        "t19"."is_pooled" AS "is_pooled",
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
          "t18"."variant" AS "variant",
          "t18"."part_0" AS "part_0",
          "t18"."value" AS "value",
          CAST(NULL AS Nullable(Float64)) AS "lower_bound",
          "t18"."value" <> 0 AS "is_pooled"
        FROM "units" AS "t18"
      ) AS "t19"
    ) AS "t20"
  ) AS "t21"
) AS "t22"
GROUP BY
  "t22"."variant",
  "t22"."part_0"
