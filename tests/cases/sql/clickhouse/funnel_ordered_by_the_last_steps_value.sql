WITH "t8" AS (
  SELECT
    "t3"."uuid" AS "uuid",
    "t3"."person_id" AS "unit",
    "t3"."flag_response" AS "variant",
    toUnixTimestamp64Micro("t3"."timestamp") AS "moment"
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
  ) AS "t3"
), "exposed" AS (
  SELECT
    "t30"."unit" AS "unit",
    "t30"."first" AS "first",
    "t30"."entries" AS "entries",
    "t30"."variant" AS "variant",
    CASE
      WHEN "t30"."rank" < 25
      THEN "t30"."part_0"
      ELSE '$$_posthog_breakdown_other_$$'
    END AS "part_0"
  FROM (
    SELECT
      "t29"."unit" AS "unit",
      "t29"."first" AS "first",
      "t29"."entries" AS "entries",
      "t29"."variant" AS "variant",
      "t29"."part_0" AS "part_0",
      "t29"."size" AS "size",
      DENSE_RANK() OVER (
        ORDER BY "t29"."size" DESC, "t29"."part_0" ASC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t28"."unit" AS "unit",
        "t28"."first" AS "first",
        "t28"."entries" AS "entries",
        "t28"."variant" AS "variant",
        "t28"."part_0" AS "part_0",
        SUM(CASE WHEN "t28"."variant" <> '$multiple' THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t28"."part_0"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "size"
      FROM (
        SELECT
          "t24"."unit" AS "unit",
          "t24"."first" AS "first",
          "t24"."entries" AS "entries",
          "t24"."variant" AS "variant",
          COALESCE("t27"."part_0", '$$_posthog_breakdown_null_$$') AS "part_0"
        FROM (
          SELECT
            "t16"."unit" AS "unit",
            "t16"."first" AS "first",
            "t16"."entries" AS "entries",
            CASE WHEN "t16"."lowest" = "t16"."highest" THEN "t16"."lowest" ELSE '$multiple' END AS "variant"
          FROM (
            SELECT
              "t13"."unit" AS "unit",
              MIN("t13"."variant") AS "lowest",
              MAX("t13"."variant") AS "highest",
              MIN("t13"."moment") AS "first",
              COUNT(*) AS "entries"
            FROM (
              SELECT
                *
              FROM "t8" AS "t9"
              WHERE
                "t9"."variant" IN ('control', 'test') AND isNotNull("t9"."unit")
            ) AS "t13"
            GROUP BY
              "t13"."unit"
          ) AS "t16"
        ) AS "t24"
        LEFT OUTER JOIN (
          SELECT
            "t25"."touched_unit" AS "touched_unit",
            argMax(
              tuple("t25"."part_0"),
              tuple("t25"."touched", CAST("t25"."uuid" AS Nullable(String)))
            ).1 AS "part_0"
          FROM (
            SELECT
              "t24"."unit" AS "unit",
              "t24"."first" AS "first",
              "t24"."entries" AS "entries",
              "t24"."variant" AS "variant",
              "t22"."uuid" AS "uuid",
              "t22"."touched_unit" AS "touched_unit",
              "t22"."touched" AS "touched",
              "t22"."part_0" AS "part_0"
            FROM (
              SELECT
                "t16"."unit" AS "unit",
                "t16"."first" AS "first",
                "t16"."entries" AS "entries",
                CASE WHEN "t16"."lowest" = "t16"."highest" THEN "t16"."lowest" ELSE '$multiple' END AS "variant"
              FROM (
                SELECT
                  "t13"."unit" AS "unit",
                  MIN("t13"."variant") AS "lowest",
                  MAX("t13"."variant") AS "highest",
                  MIN("t13"."moment") AS "first",
                  COUNT(*) AS "entries"
                FROM (
                  SELECT
                    *
                  FROM "t8" AS "t9"
                  WHERE
                    "t9"."variant" IN ('control', 'test') AND isNotNull("t9"."unit")
                ) AS "t13"
                GROUP BY
                  "t13"."unit"
              ) AS "t16"
            ) AS "t24"
            INNER JOIN (
              SELECT
                *
              FROM (
                SELECT
                  "t4"."uuid" AS "uuid",
                  "t4"."person_id" AS "touched_unit",
                  toUnixTimestamp64Micro("t4"."timestamp") AS "touched",
                  COALESCE(
                    nullIf(
                      COALESCE(
                        CASE
                          WHEN startsWith(
                            CASE
                              WHEN CASE
                                WHEN "t4"."properties" IS NULL OR '$os' IS NULL
                                THEN NULL
                                ELSE mapContains("t4"."properties", '$os')
                              END
                              THEN CASE
                                WHEN mapContains("t4"."properties", '$os')
                                THEN "t4"."properties"['$os']
                                ELSE NULL
                              END
                              ELSE NULL
                            END,
                            '"'
                          )
                          THEN JSONExtractString(
                            CASE
                              WHEN CASE
                                WHEN "t4"."properties" IS NULL OR '$os' IS NULL
                                THEN NULL
                                ELSE mapContains("t4"."properties", '$os')
                              END
                              THEN CASE
                                WHEN mapContains("t4"."properties", '$os')
                                THEN "t4"."properties"['$os']
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
                                  WHEN "t4"."properties" IS NULL OR '$os' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t4"."properties", '$os')
                                END
                                THEN CASE
                                  WHEN mapContains("t4"."properties", '$os')
                                  THEN "t4"."properties"['$os']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END,
                              '"'
                            )
                            THEN JSONExtractString(
                              CASE
                                WHEN CASE
                                  WHEN "t4"."properties" IS NULL OR '$os' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t4"."properties", '$os')
                                END
                                THEN CASE
                                  WHEN mapContains("t4"."properties", '$os')
                                  THEN "t4"."properties"['$os']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END
                            )
                            ELSE CASE
                              WHEN CASE
                                WHEN "t4"."properties" IS NULL OR '$os' IS NULL
                                THEN NULL
                                ELSE mapContains("t4"."properties", '$os')
                              END
                              THEN CASE
                                WHEN mapContains("t4"."properties", '$os')
                                THEN "t4"."properties"['$os']
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
                    AND "t0"."timestamp" < toTimeZone(CAST('2025-03-18 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                    AND "t0"."name" = 'viewed'
                ) AS "t4"
              ) AS "t17"
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  "t5"."uuid" AS "uuid",
                  "t5"."person_id" AS "touched_unit",
                  toUnixTimestamp64Micro("t5"."timestamp") AS "touched",
                  COALESCE(
                    nullIf(
                      COALESCE(
                        CASE
                          WHEN startsWith(
                            CASE
                              WHEN CASE
                                WHEN "t5"."properties" IS NULL OR '$os' IS NULL
                                THEN NULL
                                ELSE mapContains("t5"."properties", '$os')
                              END
                              THEN CASE
                                WHEN mapContains("t5"."properties", '$os')
                                THEN "t5"."properties"['$os']
                                ELSE NULL
                              END
                              ELSE NULL
                            END,
                            '"'
                          )
                          THEN JSONExtractString(
                            CASE
                              WHEN CASE
                                WHEN "t5"."properties" IS NULL OR '$os' IS NULL
                                THEN NULL
                                ELSE mapContains("t5"."properties", '$os')
                              END
                              THEN CASE
                                WHEN mapContains("t5"."properties", '$os')
                                THEN "t5"."properties"['$os']
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
                                  WHEN "t5"."properties" IS NULL OR '$os' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t5"."properties", '$os')
                                END
                                THEN CASE
                                  WHEN mapContains("t5"."properties", '$os')
                                  THEN "t5"."properties"['$os']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END,
                              '"'
                            )
                            THEN JSONExtractString(
                              CASE
                                WHEN CASE
                                  WHEN "t5"."properties" IS NULL OR '$os' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t5"."properties", '$os')
                                END
                                THEN CASE
                                  WHEN mapContains("t5"."properties", '$os')
                                  THEN "t5"."properties"['$os']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END
                            )
                            ELSE CASE
                              WHEN CASE
                                WHEN "t5"."properties" IS NULL OR '$os' IS NULL
                                THEN NULL
                                ELSE mapContains("t5"."properties", '$os')
                              END
                              THEN CASE
                                WHEN mapContains("t5"."properties", '$os')
                                THEN "t5"."properties"['$os']
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
                    AND "t0"."timestamp" < toTimeZone(CAST('2025-03-18 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                    AND "t0"."name" = 'paid'
                ) AS "t5"
              ) AS "t18"
            ) AS "t22"
              ON "t24"."unit" = "t22"."touched_unit"
              AND "t22"."touched" >= "t24"."first"
              AND "t22"."touched" < (
                "t24"."first" + 259200000000
              )
          ) AS "t25"
          GROUP BY
            "t25"."touched_unit"
        ) AS "t27"
          ON "t24"."unit" = "t27"."touched_unit"
      ) AS "t28"
    ) AS "t29"
  ) AS "t30"
  WHERE
    "t30"."variant" <> '$multiple'
)
SELECT
  "t39"."variant" AS "variant",
  "t39"."part_0" AS "part_0",
  "t39"."step" AS "step",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t38"."unit" AS "unit",
    MIN("t38"."variant") AS "variant",
    MIN("t38"."part_0") AS "part_0",
    MAX("t38"."step") AS "step"
  FROM (
    SELECT
      "t37"."unit" AS "unit",
      "t37"."variant" AS "variant",
      "t37"."part_0" AS "part_0",
      "t37"."moment" AS "moment",
      "t37"."steps" AS "steps",
      CASE
        WHEN (
          bitAnd("t37"."steps", 4) <> 0
        )
        AND (
          (
            "t37"."moment" - "t37"."entry"
          ) <= 86400000000
        )
        THEN "t37"."entry"
        ELSE NULL
      END AS "entry",
      CASE
        WHEN (
          bitAnd("t37"."steps", 4) <> 0
        )
        AND (
          (
            "t37"."moment" - "t37"."entry"
          ) <= 86400000000
        )
        THEN 2
        ELSE "t37"."step"
      END AS "step"
    FROM (
      SELECT
        "t36"."unit" AS "unit",
        "t36"."variant" AS "variant",
        "t36"."part_0" AS "part_0",
        "t36"."moment" AS "moment",
        "t36"."steps" AS "steps",
        MAX("t36"."entry") OVER (
          PARTITION BY "t36"."unit"
          ORDER BY "t36"."moment" ASC, bitAnd("t36"."steps", -(
            "t36"."steps"
          )) ASC, "t36"."steps" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
        ) AS "entry",
        "t36"."step" AS "step"
      FROM (
        SELECT
          "t35"."unit" AS "unit",
          "t35"."variant" AS "variant",
          "t35"."part_0" AS "part_0",
          "t35"."moment" AS "moment",
          "t35"."steps" AS "steps",
          CASE
            WHEN (
              bitAnd("t35"."steps", 2) <> 0
            )
            AND (
              (
                "t35"."moment" - "t35"."entry"
              ) <= 86400000000
            )
            THEN "t35"."entry"
            ELSE NULL
          END AS "entry",
          CASE
            WHEN (
              bitAnd("t35"."steps", 2) <> 0
            )
            AND (
              (
                "t35"."moment" - "t35"."entry"
              ) <= 86400000000
            )
            THEN 1
            ELSE "t35"."step"
          END AS "step"
        FROM (
          SELECT
            "t34"."unit" AS "unit",
            "t34"."variant" AS "variant",
            "t34"."part_0" AS "part_0",
            "t34"."moment" AS "moment",
            "t34"."steps" AS "steps",
            MAX(CASE WHEN bitAnd("t34"."steps", 1) <> 0 THEN "t34"."moment" ELSE NULL END) OVER (
              PARTITION BY "t34"."unit"
              ORDER BY "t34"."moment" ASC, bitAnd("t34"."steps", -(
                "t34"."steps"
              )) ASC, "t34"."steps" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
            ) AS "entry",
            0 AS "step"
          FROM (
            SELECT
              "t33"."unit" AS "unit",
              "t33"."variant" AS "variant",
              "t33"."part_0" AS "part_0",
              "t21"."moment" AS "moment",
              "t21"."steps" AS "steps"
            FROM "exposed" AS "t33"
            INNER JOIN (
              SELECT
                "t15"."moment" AS "moment",
                "t15"."event_unit" AS "event_unit",
                "t15"."steps" AS "steps"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    "t6"."uuid" AS "uuid",
                    "t6"."moment" AS "moment",
                    "t6"."unit" AS "event_unit",
                    4 AS "steps"
                  FROM (
                    SELECT
                      "t1"."uuid" AS "uuid",
                      "t1"."person_id" AS "unit",
                      toUnixTimestamp64Micro("t1"."timestamp") AS "moment"
                    FROM (
                      SELECT
                        *
                      FROM "events" AS "t0"
                      WHERE
                        "t0"."project_id" = 7
                        AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                        AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-16 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                        AND "t0"."name" = 'paid'
                    ) AS "t1"
                  ) AS "t6"
                ) AS "t10"
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t9"."uuid" AS "uuid",
                      "t9"."moment" AS "moment",
                      "t9"."unit" AS "event_unit",
                      1 AS "steps"
                    FROM "t8" AS "t9"
                    WHERE
                      "t9"."variant" IN ('control', 'test') AND isNotNull("t9"."unit")
                  ) AS "t12"
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t7"."uuid" AS "uuid",
                      "t7"."moment" AS "moment",
                      "t7"."unit" AS "event_unit",
                      2 AS "steps"
                    FROM (
                      SELECT
                        "t2"."uuid" AS "uuid",
                        "t2"."person_id" AS "unit",
                        toUnixTimestamp64Micro("t2"."timestamp") AS "moment"
                      FROM (
                        SELECT
                          *
                        FROM "events" AS "t0"
                        WHERE
                          "t0"."project_id" = 7
                          AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                          AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-16 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                          AND "t0"."name" = 'viewed'
                      ) AS "t2"
                    ) AS "t7"
                  ) AS "t11"
                ) AS "t14"
              ) AS "t15"
            ) AS "t21"
              ON "t33"."unit" = "t21"."event_unit" AND "t21"."moment" >= "t33"."first"
          ) AS "t34"
        ) AS "t35"
      ) AS "t36"
    ) AS "t37"
  ) AS "t38"
  GROUP BY
    "t38"."unit"
) AS "t39"
GROUP BY
  "t39"."variant",
  "t39"."part_0",
  "t39"."step"
