WITH "t11" AS (
  SELECT
    "t3"."uuid" AS "uuid",
    "t3"."person_id" AS "unit",
    "t3"."flag_response" AS "variant",
    toUnixTimestamp64Micro("t3"."timestamp") AS "moment",
    COALESCE(
      nullIf(
        COALESCE(
          CASE
            WHEN startsWith(
              CASE
                WHEN CASE
                  WHEN "t3"."properties" IS NULL OR 'plan' IS NULL
                  THEN NULL
                  ELSE mapContains("t3"."properties", 'plan')
                END
                THEN CASE
                  WHEN mapContains("t3"."properties", 'plan')
                  THEN "t3"."properties"['plan']
                  ELSE NULL
                END
                ELSE NULL
              END,
              '"'
            )
            THEN JSONExtractString(
              CASE
                WHEN CASE
                  WHEN "t3"."properties" IS NULL OR 'plan' IS NULL
                  THEN NULL
                  ELSE mapContains("t3"."properties", 'plan')
                END
                THEN CASE
                  WHEN mapContains("t3"."properties", 'plan')
                  THEN "t3"."properties"['plan']
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
                    WHEN "t3"."properties" IS NULL OR 'plan' IS NULL
                    THEN NULL
                    ELSE mapContains("t3"."properties", 'plan')
                  END
                  THEN CASE
                    WHEN mapContains("t3"."properties", 'plan')
                    THEN "t3"."properties"['plan']
                    ELSE NULL
                  END
                  ELSE NULL
                END,
                '"'
              )
              THEN JSONExtractString(
                CASE
                  WHEN CASE
                    WHEN "t3"."properties" IS NULL OR 'plan' IS NULL
                    THEN NULL
                    ELSE mapContains("t3"."properties", 'plan')
                  END
                  THEN CASE
                    WHEN mapContains("t3"."properties", 'plan')
                    THEN "t3"."properties"['plan']
                    ELSE NULL
                  END
                  ELSE NULL
                END
              )
              ELSE CASE
                WHEN CASE
                  WHEN "t3"."properties" IS NULL OR 'plan' IS NULL
                  THEN NULL
                  ELSE mapContains("t3"."properties", 'plan')
                END
                THEN CASE
                  WHEN mapContains("t3"."properties", 'plan')
                  THEN "t3"."properties"['plan']
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
  ) AS "t3"
), "analysed" AS (
  SELECT
    "t22"."unit" AS "unit",
    "t22"."first" AS "first",
    "t22"."entries" AS "entries",
    CASE
      WHEN "t22"."rank" < 25
      THEN "t22"."part_0"
      ELSE '$$_posthog_breakdown_other_$$'
    END AS "part_0",
    "t22"."variant" AS "variant"
  FROM (
    SELECT
      "t21"."unit" AS "unit",
      "t21"."first" AS "first",
      "t21"."entries" AS "entries",
      "t21"."part_0" AS "part_0",
      "t21"."variant" AS "variant",
      "t21"."size" AS "size",
      DENSE_RANK() OVER (
        ORDER BY "t21"."size" DESC, "t21"."part_0" ASC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t20"."unit" AS "unit",
        "t20"."first" AS "first",
        "t20"."entries" AS "entries",
        "t20"."part_0" AS "part_0",
        "t20"."variant" AS "variant",
        SUM(CASE WHEN "t20"."variant" <> '$multiple' THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t20"."part_0"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "size"
      FROM (
        SELECT
          "t19"."unit" AS "unit",
          "t19"."first" AS "first",
          "t19"."entries" AS "entries",
          "t19"."part_0" AS "part_0",
          CASE WHEN "t19"."lowest" = "t19"."highest" THEN "t19"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t14"."unit" AS "unit",
            MIN("t14"."variant") AS "lowest",
            MAX("t14"."variant") AS "highest",
            MIN("t14"."moment") AS "first",
            COUNT(*) AS "entries",
            argMin(
              tuple("t14"."part_0"),
              tuple("t14"."moment", CAST("t14"."uuid" AS Nullable(String)))
            ).1 AS "part_0"
          FROM (
            SELECT
              *
            FROM "t11" AS "t12"
            WHERE
              "t12"."variant" IN ('control', 'test') AND isNotNull("t12"."unit")
          ) AS "t14"
          GROUP BY
            "t14"."unit"
        ) AS "t19"
      ) AS "t20"
    ) AS "t21"
  ) AS "t22"
  WHERE
    "t22"."variant" <> '$multiple'
), "exposed" AS (
  SELECT
    "t25"."unit" AS "unit",
    "t25"."first" AS "first",
    "t25"."entries" AS "entries",
    "t25"."part_0" AS "part_0",
    "t25"."variant" AS "variant",
    COALESCE("t29"."did_before", 0) AS "did_before"
  FROM "analysed" AS "t25"
  LEFT OUTER JOIN (
    SELECT
      "t27"."past_unit" AS "past_unit",
      1 AS "did_before"
    FROM (
      SELECT DISTINCT
        *
      FROM (
        SELECT
          "t8"."past_unit" AS "past_unit"
        FROM "analysed" AS "t25"
        INNER JOIN (
          SELECT
            "t4"."person_id" AS "past_unit",
            toUnixTimestamp64Micro("t4"."timestamp") AS "moment"
          FROM (
            SELECT
              *
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= toTimeZone(CAST('2025-02-15 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
              AND "t0"."timestamp" < toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
              AND "t0"."name" = 'paid'
          ) AS "t4"
        ) AS "t8"
          ON "t25"."unit" = "t8"."past_unit"
          AND "t8"."moment" >= (
            "t25"."first" - 1209600000000
          )
          AND "t8"."moment" < "t25"."first"
      ) AS "t26"
    ) AS "t27"
  ) AS "t29"
    ON "t25"."unit" = "t29"."past_unit"
)
SELECT
  "t38"."variant" AS "variant",
  "t38"."part_0" AS "part_0",
  "t38"."did_before" AS "did_before",
  "t38"."step" AS "step",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t37"."unit" AS "unit",
    MIN("t37"."variant") AS "variant",
    MIN("t37"."part_0") AS "part_0",
    MIN("t37"."did_before") AS "did_before",
    MAX("t37"."step") AS "step"
  FROM (
    SELECT
      "t36"."unit" AS "unit",
      "t36"."variant" AS "variant",
      "t36"."part_0" AS "part_0",
      "t36"."did_before" AS "did_before",
      "t36"."moment" AS "moment",
      "t36"."steps" AS "steps",
      CASE
        WHEN (
          bitAnd("t36"."steps", 4) <> 0
        )
        AND (
          (
            "t36"."moment" - "t36"."entry"
          ) <= 86400000000
        )
        THEN "t36"."entry"
        ELSE NULL
      END AS "entry",
      CASE
        WHEN (
          bitAnd("t36"."steps", 4) <> 0
        )
        AND (
          (
            "t36"."moment" - "t36"."entry"
          ) <= 86400000000
        )
        THEN 2
        ELSE "t36"."step"
      END AS "step"
    FROM (
      SELECT
        "t35"."unit" AS "unit",
        "t35"."variant" AS "variant",
        "t35"."part_0" AS "part_0",
        "t35"."did_before" AS "did_before",
        "t35"."moment" AS "moment",
        "t35"."steps" AS "steps",
        MAX("t35"."entry") OVER (
          PARTITION BY "t35"."unit"
          ORDER BY "t35"."moment" ASC, bitAnd("t35"."steps", -(
            "t35"."steps"
          )) ASC, "t35"."steps" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
        ) AS "entry",
        "t35"."step" AS "step"
      FROM (
        SELECT
          "t34"."unit" AS "unit",
          "t34"."variant" AS "variant",
          "t34"."part_0" AS "part_0",
          "t34"."did_before" AS "did_before",
          "t34"."moment" AS "moment",
          "t34"."steps" AS "steps",
          CASE
            WHEN (
              bitAnd("t34"."steps", 2) <> 0
            )
            AND (
              (
                "t34"."moment" - "t34"."entry"
              ) <= 86400000000
            )
            THEN "t34"."entry"
            ELSE NULL
          END AS "entry",
          CASE
            WHEN (
              bitAnd("t34"."steps", 2) <> 0
            )
            AND (
              (
                "t34"."moment" - "t34"."entry"
              ) <= 86400000000
            )
            THEN 1
            ELSE "t34"."step"
          END AS "step"
        FROM (
          SELECT
            "t33"."unit" AS "unit",
            "t33"."variant" AS "variant",
            "t33"."part_0" AS "part_0",
            "t33"."did_before" AS "did_before",
            "t33"."moment" AS "moment",
            "t33"."steps" AS "steps",
            MAX(CASE WHEN bitAnd("t33"."steps", 1) <> 0 THEN "t33"."moment" ELSE NULL END) OVER (
              PARTITION BY "t33"."unit"
              ORDER BY "t33"."moment" ASC, bitAnd("t33"."steps", -(
                "t33"."steps"
              )) ASC, "t33"."steps" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
            ) AS "entry",
            0 AS "step"
          FROM (
            SELECT
              "t32"."unit" AS "unit",
              "t32"."variant" AS "variant",
              "t32"."part_0" AS "part_0",
              "t32"."did_before" AS "did_before",
              "t18"."moment" AS "moment",
              "t18"."steps" AS "steps"
            FROM "exposed" AS "t32"
            INNER JOIN (
              SELECT
                "t16"."moment" AS "moment",
                "t16"."event_unit" AS "event_unit",
                "t16"."steps" AS "steps"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    "t5"."uuid" AS "uuid",
                    "t5"."moment" AS "moment",
                    "t5"."unit" AS "event_unit",
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
                  ) AS "t5"
                ) AS "t9"
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t12"."uuid" AS "uuid",
                      "t12"."moment" AS "moment",
                      "t12"."unit" AS "event_unit",
                      1 AS "steps"
                    FROM "t11" AS "t12"
                    WHERE
                      "t12"."variant" IN ('control', 'test') AND isNotNull("t12"."unit")
                  ) AS "t13"
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t6"."uuid" AS "uuid",
                      "t6"."moment" AS "moment",
                      "t6"."unit" AS "event_unit",
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
                    ) AS "t6"
                  ) AS "t10"
                ) AS "t15"
              ) AS "t16"
            ) AS "t18"
              ON "t32"."unit" = "t18"."event_unit" AND "t18"."moment" >= "t32"."first"
          ) AS "t33"
        ) AS "t34"
      ) AS "t35"
    ) AS "t36"
  ) AS "t37"
  GROUP BY
    "t37"."unit"
) AS "t38"
GROUP BY
  "t38"."variant",
  "t38"."part_0",
  "t38"."did_before",
  "t38"."step"
