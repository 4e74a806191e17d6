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
  "t23"."variant" AS "variant",
  "t23"."step" AS "step",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t22"."unit" AS "unit",
    MIN("t22"."variant") AS "variant",
    MAX("t22"."step") AS "step"
  FROM (
    SELECT
      "t21"."unit" AS "unit",
      "t21"."variant" AS "variant",
      "t21"."moment" AS "moment",
      "t21"."steps" AS "steps",
      "t21"."latest_0" AS "latest_0",
      "t21"."latest_1" AS "latest_1",
      "t21"."latest_2" AS "latest_2",
      (
        CASE WHEN "t21"."latest_0" >= (
          "t21"."moment" - 86400000000
        ) THEN 1 ELSE 0 END + CASE WHEN "t21"."latest_1" >= (
          "t21"."moment" - 86400000000
        ) THEN 1 ELSE 0 END + CASE WHEN "t21"."latest_2" >= (
          "t21"."moment" - 86400000000
        ) THEN 1 ELSE 0 END
      ) - 1 AS "step"
    FROM (
      SELECT
        "t20"."unit" AS "unit",
        "t20"."variant" AS "variant",
        "t20"."moment" AS "moment",
        "t20"."steps" AS "steps",
        MAX(CASE WHEN bitAnd("t20"."steps", 1) <> 0 THEN "t20"."moment" ELSE NULL END) OVER (
          PARTITION BY "t20"."unit"
          ORDER BY "t20"."moment" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS "latest_0",
        MAX(CASE WHEN bitAnd("t20"."steps", 2) <> 0 THEN "t20"."moment" ELSE NULL END) OVER (
          PARTITION BY "t20"."unit"
          ORDER BY "t20"."moment" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS "latest_1",
        MAX(CASE WHEN bitAnd("t20"."steps", 4) <> 0 THEN "t20"."moment" ELSE NULL END) OVER (
          PARTITION BY "t20"."unit"
          ORDER BY "t20"."moment" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS "latest_2"
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
  GROUP BY
    "t22"."unit"
) AS "t23"
GROUP BY
  "t23"."variant",
  "t23"."step"
