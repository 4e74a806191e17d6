WITH "t12" AS (
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
    "t23"."unit" AS "unit",
    "t23"."first" AS "first",
    "t23"."entries" AS "entries",
    CASE
      WHEN "t23"."rank" < 25
      THEN "t23"."part_0"
      ELSE '$$_posthog_breakdown_other_$$'
    END AS "part_0",
    "t23"."variant" AS "variant"
  FROM (
    SELECT
      "t22"."unit" AS "unit",
      "t22"."first" AS "first",
      "t22"."entries" AS "entries",
      "t22"."part_0" AS "part_0",
      "t22"."variant" AS "variant",
      "t22"."size" AS "size",
      DENSE_RANK() OVER (
        ORDER BY "t22"."size" DESC, "t22"."part_0" ASC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t21"."unit" AS "unit",
        "t21"."first" AS "first",
        "t21"."entries" AS "entries",
        "t21"."part_0" AS "part_0",
        "t21"."variant" AS "variant",
        SUM(CASE WHEN "t21"."variant" <> '$multiple' THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t21"."part_0"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "size"
      FROM (
        SELECT
          "t20"."unit" AS "unit",
          "t20"."first" AS "first",
          "t20"."entries" AS "entries",
          "t20"."part_0" AS "part_0",
          CASE WHEN "t20"."lowest" = "t20"."highest" THEN "t20"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t15"."unit" AS "unit",
            MIN("t15"."variant") AS "lowest",
            MAX("t15"."variant") AS "highest",
            MIN("t15"."moment") AS "first",
            COUNT(*) AS "entries",
            argMin(
              tuple("t15"."part_0"),
              tuple("t15"."moment", CAST("t15"."uuid" AS Nullable(String)))
            ).1 AS "part_0"
          FROM (
            SELECT
              *
            FROM "t12" AS "t13"
            WHERE
              "t13"."variant" IN ('control', 'test') AND isNotNull("t13"."unit")
          ) AS "t15"
          GROUP BY
            "t15"."unit"
        ) AS "t20"
      ) AS "t21"
    ) AS "t22"
  ) AS "t23"
  WHERE
    "t23"."variant" <> '$multiple'
), "exposed" AS (
  SELECT
    "t26"."unit" AS "unit",
    "t26"."first" AS "first",
    "t26"."entries" AS "entries",
    "t26"."part_0" AS "part_0",
    "t26"."variant" AS "variant",
    COALESCE("t30"."did_before", 0) AS "did_before"
  FROM "analysed" AS "t26"
  LEFT OUTER JOIN (
    SELECT
      "t28"."past_unit" AS "past_unit",
      1 AS "did_before"
    FROM (
      SELECT DISTINCT
        *
      FROM (
        SELECT
          "t11"."past_unit" AS "past_unit"
        FROM "analysed" AS "t26"
        INNER JOIN (
          SELECT
            "t7"."moment" AS "moment",
            "t7"."unit" AS "past_unit"
          FROM (
            SELECT
              "t4"."uuid" AS "uuid",
              "t4"."person_id" AS "unit",
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
          ) AS "t7"
        ) AS "t11"
          ON "t26"."unit" = "t11"."past_unit"
          AND "t11"."moment" >= (
            "t26"."first" - 1209600000000
          )
          AND "t11"."moment" < "t26"."first"
      ) AS "t27"
    ) AS "t28"
  ) AS "t30"
    ON "t26"."unit" = "t30"."past_unit"
)
SELECT
  "t39"."variant" AS "variant",
  "t39"."part_0" AS "part_0",
  "t39"."did_before" AS "did_before",
  "t39"."step" AS "step",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t38"."unit" AS "unit",
    MIN("t38"."variant") AS "variant",
    MIN("t38"."part_0") AS "part_0",
    MIN("t38"."did_before") AS "did_before",
    MAX("t38"."step") AS "step"
  FROM (
    SELECT
      "t37"."unit" AS "unit",
      "t37"."variant" AS "variant",
      "t37"."part_0" AS "part_0",
      "t37"."did_before" AS "did_before",
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
        "t36"."did_before" AS "did_before",
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
          "t35"."did_before" AS "did_before",
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
            "t34"."did_before" AS "did_before",
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
              "t33"."did_before" AS "did_before",
              "t19"."moment" AS "moment",
              "t19"."steps" AS "steps"
            FROM "exposed" AS "t33"
            INNER JOIN (
              SELECT
                "t17"."moment" AS "moment",
                "t17"."event_unit" AS "event_unit",
                "t17"."steps" AS "steps"
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
                ) AS "t8"
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t13"."uuid" AS "uuid",
                      "t13"."moment" AS "moment",
                      "t13"."unit" AS "event_unit",
                      1 AS "steps"
                    FROM "t12" AS "t13"
                    WHERE
                      "t13"."variant" IN ('control', 'test') AND isNotNull("t13"."unit")
                  ) AS "t14"
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
                  ) AS "t9"
                ) AS "t16"
              ) AS "t17"
            ) AS "t19"
              ON "t33"."unit" = "t19"."event_unit" AND "t19"."moment" >= "t33"."first"
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
  "t39"."did_before",
  "t39"."step"
