WITH "t6" AS (
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
    "t14"."unit" AS "unit",
    "t14"."first" AS "first",
    "t14"."entries" AS "entries",
    CASE WHEN "t14"."lowest" = "t14"."highest" THEN "t14"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t10"."unit" AS "unit",
      MIN("t10"."variant") AS "lowest",
      MAX("t10"."variant") AS "highest",
      MIN("t10"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM "t6" AS "t7"
      WHERE
        "t7"."variant" IN ('control', 'test') AND isNotNull("t7"."unit")
    ) AS "t10"
    GROUP BY
      "t10"."unit"
  ) AS "t14"
  WHERE
    CASE WHEN "t14"."lowest" = "t14"."highest" THEN "t14"."lowest" ELSE '$multiple' END <> '$multiple'
)
SELECT
  "t25"."variant" AS "variant",
  "t25"."step" AS "step",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t24"."unit" AS "unit",
    MIN("t24"."variant") AS "variant",
    MAX("t24"."step") AS "step"
  FROM (
    SELECT
      "t23"."unit" AS "unit",
      "t23"."variant" AS "variant",
      "t23"."moment" AS "moment",
      "t23"."steps" AS "steps",
      CASE
        WHEN (
          bitAnd("t23"."steps", 4) <> 0
        )
        AND (
          (
            "t23"."moment" - "t23"."entry"
          ) <= 86400000000
        )
        THEN "t23"."entry"
        ELSE NULL
      END AS "entry",
      CASE
        WHEN (
          bitAnd("t23"."steps", 4) <> 0
        )
        AND (
          (
            "t23"."moment" - "t23"."entry"
          ) <= 86400000000
        )
        THEN 2
        ELSE "t23"."step"
      END AS "step"
    FROM (
      SELECT
        "t22"."unit" AS "unit",
        "t22"."variant" AS "variant",
        "t22"."moment" AS "moment",
        "t22"."steps" AS "steps",
        MAX("t22"."entry") OVER (
          PARTITION BY "t22"."unit"
          ORDER BY "t22"."moment" ASC, bitAnd("t22"."steps", -(
            "t22"."steps"
          )) ASC, "t22"."steps" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
        ) AS "entry",
        "t22"."step" AS "step"
      FROM (
        SELECT
          "t21"."unit" AS "unit",
          "t21"."variant" AS "variant",
          "t21"."moment" AS "moment",
          "t21"."steps" AS "steps",
          CASE
            WHEN (
              bitAnd("t21"."steps", 2) <> 0
            )
            AND (
              (
                "t21"."moment" - "t21"."entry"
              ) <= 86400000000
            )
            THEN "t21"."entry"
            ELSE NULL
          END AS "entry",
          CASE
            WHEN (
              bitAnd("t21"."steps", 2) <> 0
            )
            AND (
              (
                "t21"."moment" - "t21"."entry"
              ) <= 86400000000
            )
            THEN 1
            ELSE "t21"."step"
          END AS "step"
        FROM (
          SELECT
            "t20"."unit" AS "unit",
            "t20"."variant" AS "variant",
            "t20"."moment" AS "moment",
            "t20"."steps" AS "steps",
            MAX(CASE WHEN bitAnd("t20"."steps", 1) <> 0 THEN "t20"."moment" ELSE NULL END) OVER (
              PARTITION BY "t20"."unit"
              ORDER BY "t20"."moment" ASC, bitAnd("t20"."steps", -(
                "t20"."steps"
              )) ASC, "t20"."steps" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
            ) AS "entry",
            0 AS "step"
          FROM (
            SELECT
              "t19"."unit" AS "unit",
              "t19"."variant" AS "variant",
              "t16"."moment" AS "moment",
              "t16"."steps" AS "steps"
            FROM "exposed" AS "t19"
            INNER JOIN (
              SELECT
                "t13"."moment" AS "moment",
                "t13"."event_unit" AS "event_unit",
                "t13"."steps" AS "steps"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    "t4"."uuid" AS "uuid",
                    "t4"."moment" AS "moment",
                    "t4"."unit" AS "event_unit",
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
                  ) AS "t4"
                ) AS "t8"
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t7"."uuid" AS "uuid",
                      "t7"."moment" AS "moment",
                      "t7"."unit" AS "event_unit",
                      1 AS "steps"
                    FROM "t6" AS "t7"
                    WHERE
                      "t7"."variant" IN ('control', 'test') AND isNotNull("t7"."unit")
                  ) AS "t11"
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t5"."uuid" AS "uuid",
                      "t5"."moment" AS "moment",
                      "t5"."unit" AS "event_unit",
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
                    ) AS "t5"
                  ) AS "t9"
                ) AS "t12"
              ) AS "t13"
            ) AS "t16"
              ON "t19"."unit" = "t16"."event_unit" AND "t16"."moment" >= "t19"."first"
          ) AS "t20"
        ) AS "t21"
      ) AS "t22"
    ) AS "t23"
  ) AS "t24"
  GROUP BY
    "t24"."unit"
) AS "t25"
GROUP BY
  "t25"."variant",
  "t25"."step"
