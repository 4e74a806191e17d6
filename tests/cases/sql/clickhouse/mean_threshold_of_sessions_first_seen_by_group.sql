WITH "exposed" AS (
  SELECT
    *
  FROM (
    SELECT
      "t7"."unit" AS "unit",
      argMin(tuple("t7"."variant"), tuple("t7"."moment", CAST("t7"."uuid" AS Nullable(String)))).1 AS "variant",
      MIN("t7"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t5"."uuid" AS "uuid",
          "t5"."group_0" AS "unit",
          CASE
            WHEN startsWith(
              CASE
                WHEN CASE
                  WHEN "t5"."properties" IS NULL OR '$feature/checkout' IS NULL
                  THEN NULL
                  ELSE mapContains("t5"."properties", '$feature/checkout')
                END
                THEN CASE
                  WHEN mapContains("t5"."properties", '$feature/checkout')
                  THEN "t5"."properties"['$feature/checkout']
                  ELSE NULL
                END
                ELSE NULL
              END,
              '"'
            )
            THEN JSONExtractString(
              CASE
                WHEN CASE
                  WHEN "t5"."properties" IS NULL OR '$feature/checkout' IS NULL
                  THEN NULL
                  ELSE mapContains("t5"."properties", '$feature/checkout')
                END
                THEN CASE
                  WHEN mapContains("t5"."properties", '$feature/checkout')
                  THEN "t5"."properties"['$feature/checkout']
                  ELSE NULL
                END
                ELSE NULL
              END
            )
            ELSE NULL
          END AS "variant",
          toUnixTimestamp64Micro("t5"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
              AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
              AND "t0"."name" = 'page'
          ) AS "t2"
          WHERE
            COALESCE(
              lowerUTF8(
                CASE
                  WHEN startsWith(
                    CASE
                      WHEN CASE
                        WHEN "t2"."properties" IS NULL OR 'path' IS NULL
                        THEN NULL
                        ELSE mapContains("t2"."properties", 'path')
                      END
                      THEN CASE
                        WHEN mapContains("t2"."properties", 'path')
                        THEN "t2"."properties"['path']
                        ELSE NULL
                      END
                      ELSE NULL
                    END,
                    '"'
                  )
                  THEN JSONExtractString(
                    CASE
                      WHEN CASE
                        WHEN "t2"."properties" IS NULL OR 'path' IS NULL
                        THEN NULL
                        ELSE mapContains("t2"."properties", 'path')
                      END
                      THEN CASE
                        WHEN mapContains("t2"."properties", 'path')
                        THEN "t2"."properties"['path']
                        ELSE NULL
                      END
                      ELSE NULL
                    END
                  )
                  ELSE CASE
                    WHEN CASE
                      WHEN "t2"."properties" IS NULL OR 'path' IS NULL
                      THEN NULL
                      ELSE mapContains("t2"."properties", 'path')
                    END
                    THEN CASE
                      WHEN mapContains("t2"."properties", 'path')
                      THEN "t2"."properties"['path']
                      ELSE NULL
                    END
                    ELSE NULL
                  END
                END
              ) IN ('/buy', '/pay'),
              FALSE
            )
        ) AS "t5"
      ) AS "t6"
      WHERE
        "t6"."variant" IN ('control', 'test') AND isNotNull("t6"."unit")
    ) AS "t7"
    GROUP BY
      "t7"."unit"
  ) AS "t8"
  WHERE
    "t8"."variant" <> '$multiple'
)
SELECT
  "t16"."variant" AS "variant",
  COUNT(*) AS "units",
  SUM("t16"."value") AS "total",
  SUM("t16"."value" * "t16"."value") AS "squares"
FROM (
  SELECT
    "t15"."variant" AS "variant",
    CAST("t15"."value" >= 2.0 AS Nullable(Float64)) AS "value"
  FROM (
    SELECT
      "t11"."variant" AS "variant",
      COALESCE(CAST("t14"."value" AS Nullable(Float64)), 0.0) AS "value"
    FROM "exposed" AS "t11"
    LEFT OUTER JOIN (
      SELECT
        "t12"."counted_unit" AS "counted_unit",
        uniq("t12"."measure") AS "value"
      FROM (
        SELECT
          "t11"."unit" AS "unit",
          "t11"."variant" AS "variant",
          "t11"."first" AS "first",
          "t11"."entries" AS "entries",
          "t4"."counted_unit" AS "counted_unit",
          "t4"."moment" AS "moment",
          "t4"."measure" AS "measure"
        FROM "exposed" AS "t11"
        INNER JOIN (
          SELECT
            "t1"."group_0" AS "counted_unit",
            toUnixTimestamp64Micro("t1"."timestamp") AS "moment",
            "t1"."session_id" AS "measure"
          FROM (
            SELECT
              *
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
              AND "t0"."timestamp" < toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
          ) AS "t1"
        ) AS "t4"
          ON "t11"."unit" = "t4"."counted_unit" AND "t4"."moment" >= "t11"."first"
      ) AS "t12"
      GROUP BY
        "t12"."counted_unit"
    ) AS "t14"
      ON "t11"."unit" = "t14"."counted_unit"
  ) AS "t15"
) AS "t16"
GROUP BY
  "t16"."variant"
