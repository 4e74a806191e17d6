SELECT
  "t6"."variant" AS "variant",
  "t6"."quarter" AS "quarter",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t5"."unit" AS "unit",
    "t5"."variant" AS "variant",
    "t5"."first" AS "first",
    "t5"."entries" AS "entries",
    "t5"."first" - (
      (
        (
          "t5"."first" % 900000000
        ) + 900000000
      ) % 900000000
    ) AS "quarter"
  FROM (
    SELECT
      "t4"."unit" AS "unit",
      argMin(tuple("t4"."variant"), tuple("t4"."moment", CAST("t4"."uuid" AS Nullable(String)))).1 AS "variant",
      MIN("t4"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t2"."uuid" AS "uuid",
          "t2"."group_0" AS "unit",
          CASE
            WHEN startsWith(
              CASE
                WHEN CASE
                  WHEN "t2"."properties" IS NULL OR '$feature/checkout' IS NULL
                  THEN NULL
                  ELSE mapContains("t2"."properties", '$feature/checkout')
                END
                THEN CASE
                  WHEN mapContains("t2"."properties", '$feature/checkout')
                  THEN "t2"."properties"['$feature/checkout']
                  ELSE NULL
                END
                ELSE NULL
              END,
              '"'
            )
            THEN JSONExtractString(
              CASE
                WHEN CASE
                  WHEN "t2"."properties" IS NULL OR '$feature/checkout' IS NULL
                  THEN NULL
                  ELSE mapContains("t2"."properties", '$feature/checkout')
                END
                THEN CASE
                  WHEN mapContains("t2"."properties", '$feature/checkout')
                  THEN "t2"."properties"['$feature/checkout']
                  ELSE NULL
                END
                ELSE NULL
              END
            )
            ELSE NULL
          END AS "variant",
          toUnixTimestamp64Micro("t2"."timestamp") AS "moment"
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
          ) AS "t1"
          WHERE
            COALESCE(
              lowerUTF8(
                CASE
                  WHEN startsWith(
                    CASE
                      WHEN CASE
                        WHEN "t1"."properties" IS NULL OR 'path' IS NULL
                        THEN NULL
                        ELSE mapContains("t1"."properties", 'path')
                      END
                      THEN CASE
                        WHEN mapContains("t1"."properties", 'path')
                        THEN "t1"."properties"['path']
                        ELSE NULL
                      END
                      ELSE NULL
                    END,
                    '"'
                  )
                  THEN JSONExtractString(
                    CASE
                      WHEN CASE
                        WHEN "t1"."properties" IS NULL OR 'path' IS NULL
                        THEN NULL
                        ELSE mapContains("t1"."properties", 'path')
                      END
                      THEN CASE
                        WHEN mapContains("t1"."properties", 'path')
                        THEN "t1"."properties"['path']
                        ELSE NULL
                      END
                      ELSE NULL
                    END
                  )
                  ELSE CASE
                    WHEN CASE
                      WHEN "t1"."properties" IS NULL OR 'path' IS NULL
                      THEN NULL
                      ELSE mapContains("t1"."properties", 'path')
                    END
                    THEN CASE
                      WHEN mapContains("t1"."properties", 'path')
                      THEN "t1"."properties"['path']
                      ELSE NULL
                    END
                    ELSE NULL
                  END
                END
              ) IN ('/buy', '/pay'),
              FALSE
            )
        ) AS "t2"
      ) AS "t3"
      WHERE
        "t3"."variant" IN ('control', 'test') AND isNotNull("t3"."unit")
    ) AS "t4"
    GROUP BY
      "t4"."unit"
  ) AS "t5"
) AS "t6"
GROUP BY
  "t6"."variant",
  "t6"."quarter"
