WITH "exposed" AS (
  SELECT
    "t5"."unit" AS "unit",
    "t5"."first" AS "first",
    "t5"."entries" AS "entries",
    CASE WHEN "t5"."lowest" = "t5"."highest" THEN "t5"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t4"."unit" AS "unit",
      MIN("t4"."variant") AS "lowest",
      MAX("t4"."variant") AS "highest",
      MIN("t4"."moment") AS "first",
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
    ) AS "t4"
    GROUP BY
      "t4"."unit"
  ) AS "t5"
  WHERE
    CASE WHEN "t5"."lowest" = "t5"."highest" THEN "t5"."lowest" ELSE '$multiple' END <> '$multiple'
), "split_values" AS (
  SELECT
    "t18"."variant" AS "variant",
    "t18"."unit" AS "unit",
    "t18"."part" AS "part",
    SUM("t18"."value") AS "value"
  FROM (
    SELECT
      "t17"."variant" AS "variant",
      "t17"."unit" AS "unit",
      CASE
        WHEN "t17"."rank" < 25
        THEN "t17"."part"
        ELSE '$$_posthog_breakdown_other_$$'
      END AS "part",
      "t17"."value" AS "value",
      "t17"."size" AS "size",
      "t17"."rank" AS "rank"
    FROM (
      SELECT
        "t16"."variant" AS "variant",
        "t16"."unit" AS "unit",
        "t16"."part" AS "part",
        "t16"."value" AS "value",
        "t16"."size" AS "size",
        DENSE_RANK() OVER (
          ORDER BY "t16"."size" DESC, "t16"."part" ASC
          RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) - 1 AS "rank"
      FROM (
        SELECT
          "t15"."variant" AS "variant",
          "t15"."unit" AS "unit",
          "t15"."part" AS "part",
          "t15"."value" AS "value",
          COUNT(*) OVER (
            PARTITION BY "t15"."part"
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "size"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t13"."variant" AS "variant",
              "t13"."unit" AS "unit",
              "t13"."part" AS "part",
              SUM("t13"."measure") AS "value"
            FROM (
              SELECT
                "t10"."unit" AS "unit",
                "t10"."first" AS "first",
                "t10"."entries" AS "entries",
                "t10"."variant" AS "variant",
                "t7"."counted_unit" AS "counted_unit",
                "t7"."moment" AS "moment",
                "t7"."part" AS "part",
                "t7"."measure" AS "measure"
              FROM "exposed" AS "t10"
              INNER JOIN (
                SELECT
                  "t2"."person_id" AS "counted_unit",
                  toUnixTimestamp64Micro("t2"."timestamp") AS "moment",
                  COALESCE(
                    nullIf(
                      COALESCE(
                        CASE
                          WHEN startsWith(
                            CASE
                              WHEN CASE
                                WHEN "t2"."properties" IS NULL OR 'item' IS NULL
                                THEN NULL
                                ELSE mapContains("t2"."properties", 'item')
                              END
                              THEN CASE
                                WHEN mapContains("t2"."properties", 'item')
                                THEN "t2"."properties"['item']
                                ELSE NULL
                              END
                              ELSE NULL
                            END,
                            '"'
                          )
                          THEN JSONExtractString(
                            CASE
                              WHEN CASE
                                WHEN "t2"."properties" IS NULL OR 'item' IS NULL
                                THEN NULL
                                ELSE mapContains("t2"."properties", 'item')
                              END
                              THEN CASE
                                WHEN mapContains("t2"."properties", 'item')
                                THEN "t2"."properties"['item']
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
                                  WHEN "t2"."properties" IS NULL OR 'item' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t2"."properties", 'item')
                                END
                                THEN CASE
                                  WHEN mapContains("t2"."properties", 'item')
                                  THEN "t2"."properties"['item']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END,
                              '"'
                            )
                            THEN JSONExtractString(
                              CASE
                                WHEN CASE
                                  WHEN "t2"."properties" IS NULL OR 'item' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t2"."properties", 'item')
                                END
                                THEN CASE
                                  WHEN mapContains("t2"."properties", 'item')
                                  THEN "t2"."properties"['item']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END
                            )
                            ELSE CASE
                              WHEN CASE
                                WHEN "t2"."properties" IS NULL OR 'item' IS NULL
                                THEN NULL
                                ELSE mapContains("t2"."properties", 'item')
                              END
                              THEN CASE
                                WHEN mapContains("t2"."properties", 'item')
                                THEN "t2"."properties"['item']
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
                  ) AS "part",
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
              ) AS "t7"
                ON "t10"."unit" = "t7"."counted_unit"
                AND "t7"."moment" >= "t10"."first"
                AND "t7"."moment" < (
                  "t10"."first" + 259200000000
                )
            ) AS "t13"
            GROUP BY
              "t13"."variant",
              "t13"."unit",
              "t13"."part"
          ) AS "t14"
        ) AS "t15"
      ) AS "t16"
    ) AS "t17"
  ) AS "t18"
  GROUP BY
    "t18"."variant",
    "t18"."unit",
    "t18"."part"
)
SELECT
  "t12"."variant" AS "variant",
  "t22"."part" AS "part",
  "t12"."units" AS "units",
  COALESCE("t25"."total", 0.0) AS "total",
  COALESCE("t25"."squares", 0.0) AS "squares"
FROM (
  SELECT
    "t9"."variant" AS "variant",
    COUNT(*) AS "units"
  FROM "exposed" AS "t9"
  GROUP BY
    "t9"."variant"
) AS "t12"
CROSS JOIN (
  SELECT DISTINCT
    "t20"."part" AS "part"
  FROM "split_values" AS "t20"
) AS "t22"
LEFT OUTER JOIN (
  SELECT
    "t23"."total" AS "total",
    "t23"."squares" AS "squares",
    "t23"."variant" AS "of_variant",
    "t23"."part" AS "of_part"
  FROM (
    SELECT
      "t20"."variant" AS "variant",
      "t20"."part" AS "part",
      SUM("t20"."value") AS "total",
      SUM("t20"."value" * "t20"."value") AS "squares"
    FROM "split_values" AS "t20"
    GROUP BY
      "t20"."variant",
      "t20"."part"
  ) AS "t23"
) AS "t25"
  ON "t12"."variant" = "t25"."of_variant" AND "t22"."part" = "t25"."of_part"
