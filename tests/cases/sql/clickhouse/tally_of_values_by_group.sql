SELECT
  "t5"."variant" AS "variant",
  SUM("t5"."events") AS "events",
  COUNT(*) AS "units",
  SUM("t5"."total") AS "total"
FROM (
  SELECT
    "t4"."variant" AS "variant",
    "t4"."unit" AS "unit",
    COUNT(*) AS "events",
    SUM("t4"."value") AS "total"
  FROM (
    SELECT
      *
    FROM (
      SELECT
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
        "t2"."group_0" AS "unit",
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
        ) AS "value"
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
    "t4"."variant",
    "t4"."unit"
) AS "t5"
GROUP BY
  "t5"."variant"
