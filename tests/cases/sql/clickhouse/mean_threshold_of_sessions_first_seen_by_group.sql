SELECT
  "t15"."variant" AS "variant",
  COUNT(*) AS "units",
  SUM("t15"."value") AS "total",
  SUM("t15"."value" * "t15"."value") AS "squares"
FROM (
  SELECT
    "t14"."variant" AS "variant",
    CAST("t14"."value" >= 2.0 AS Nullable(Float64)) AS "value"
  FROM (
    SELECT
      "t10"."variant" AS "variant",
      COALESCE(CAST("t13"."value" AS Nullable(Float64)), 0.0) AS "value"
    FROM (
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
                  "t0"."project_id" AS "project_id",
                  "t0"."uuid" AS "uuid",
                  "t0"."name" AS "name",
                  "t0"."distinct_id" AS "distinct_id",
                  "t0"."person_id" AS "person_id",
                  "t0"."timestamp" AS "timestamp",
                  "t0"."flag_key" AS "flag_key",
                  "t0"."flag_response" AS "flag_response",
                  "t0"."session_id" AS "session_id",
                  "t0"."group_0" AS "group_0",
                  "t0"."group_1" AS "group_1",
                  "t0"."group_2" AS "group_2",
                  "t0"."group_3" AS "group_3",
                  "t0"."group_4" AS "group_4",
                  "t0"."properties" AS "properties",
                  "t0"."numbers" AS "numbers",
                  "t0"."person_id" AS "person"
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
    ) AS "t10"
    LEFT OUTER JOIN (
      SELECT
        "t11"."counted_unit" AS "counted_unit",
        uniq("t11"."measure") AS "value"
      FROM (
        SELECT
          "t10"."unit" AS "unit",
          "t10"."variant" AS "variant",
          "t10"."first" AS "first",
          "t10"."entries" AS "entries",
          "t4"."counted_unit" AS "counted_unit",
          "t4"."moment" AS "moment",
          "t4"."measure" AS "measure"
        FROM (
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
                      "t0"."project_id" AS "project_id",
                      "t0"."uuid" AS "uuid",
                      "t0"."name" AS "name",
                      "t0"."distinct_id" AS "distinct_id",
                      "t0"."person_id" AS "person_id",
                      "t0"."timestamp" AS "timestamp",
                      "t0"."flag_key" AS "flag_key",
                      "t0"."flag_response" AS "flag_response",
                      "t0"."session_id" AS "session_id",
                      "t0"."group_0" AS "group_0",
                      "t0"."group_1" AS "group_1",
                      "t0"."group_2" AS "group_2",
                      "t0"."group_3" AS "group_3",
                      "t0"."group_4" AS "group_4",
                      "t0"."properties" AS "properties",
                      "t0"."numbers" AS "numbers",
                      "t0"."person_id" AS "person"
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
        ) AS "t10"
        INNER JOIN (
          SELECT
            "t2"."group_0" AS "counted_unit",
            toUnixTimestamp64Micro("t2"."timestamp") AS "moment",
            "t2"."session_id" AS "measure"
          FROM (
            SELECT
              "t0"."project_id" AS "project_id",
              "t0"."uuid" AS "uuid",
              "t0"."name" AS "name",
              "t0"."distinct_id" AS "distinct_id",
              "t0"."person_id" AS "person_id",
              "t0"."timestamp" AS "timestamp",
              "t0"."flag_key" AS "flag_key",
              "t0"."flag_response" AS "flag_response",
              "t0"."session_id" AS "session_id",
              "t0"."group_0" AS "group_0",
              "t0"."group_1" AS "group_1",
              "t0"."group_2" AS "group_2",
              "t0"."group_3" AS "group_3",
              "t0"."group_4" AS "group_4",
              "t0"."properties" AS "properties",
              "t0"."numbers" AS "numbers",
              "t0"."person_id" AS "person"
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
              AND "t0"."timestamp" < toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
          ) AS "t2"
        ) AS "t4"
          ON "t10"."unit" = "t4"."counted_unit" AND "t4"."moment" >= "t10"."first"
      ) AS "t11"
      GROUP BY
        "t11"."counted_unit"
    ) AS "t13"
      ON "t10"."unit" = "t13"."counted_unit"
  ) AS "t14"
) AS "t15"
GROUP BY
  "t15"."variant"
