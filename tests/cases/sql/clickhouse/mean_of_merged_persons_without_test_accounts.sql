WITH "exposed" AS (
  SELECT
    "t18"."unit" AS "unit",
    "t18"."first" AS "first",
    "t18"."entries" AS "entries",
    CASE WHEN "t18"."lowest" = "t18"."highest" THEN "t18"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t17"."unit" AS "unit",
      MIN("t17"."variant") AS "lowest",
      MAX("t17"."variant") AS "highest",
      MIN("t17"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t15"."uuid" AS "uuid",
          COALESCE("t15"."mapped_id", "t15"."person_id") AS "unit",
          "t15"."flag_response" AS "variant",
          toUnixTimestamp64Micro("t15"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t9"."project_id" AS "project_id",
                "t9"."uuid" AS "uuid",
                "t9"."name" AS "name",
                "t9"."distinct_id" AS "distinct_id",
                "t9"."person_id" AS "person_id",
                "t9"."timestamp" AS "timestamp",
                "t9"."flag_key" AS "flag_key",
                "t9"."flag_response" AS "flag_response",
                "t9"."session_id" AS "session_id",
                "t9"."group_0" AS "group_0",
                "t9"."group_1" AS "group_1",
                "t9"."group_2" AS "group_2",
                "t9"."group_3" AS "group_3",
                "t9"."group_4" AS "group_4",
                "t9"."properties" AS "properties",
                "t9"."numbers" AS "numbers",
                "t7"."source_id" AS "source_id",
                "t7"."mapped_id" AS "mapped_id",
                "t10"."described_id" AS "described_id",
                "t10"."person_properties" AS "person_properties"
              FROM (
                SELECT
                  *
                FROM "events" AS "t0"
                WHERE
                  "t0"."project_id" = 7
                  AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                  AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                  AND "t0"."name" = '$feature_flag_called'
              ) AS "t9"
              LEFT OUTER JOIN (
                SELECT
                  "t1"."source_id" AS "source_id",
                  "t1"."person_id" AS "mapped_id"
                FROM "person_mappings" AS "t1"
                WHERE
                  "t1"."project_id" = 7
              ) AS "t7"
                ON "t9"."person_id" = "t7"."source_id"
              LEFT OUTER JOIN (
                SELECT
                  "t2"."person_id" AS "described_id",
                  "t2"."properties" AS "person_properties"
                FROM "person_properties" AS "t2"
                WHERE
                  "t2"."project_id" = 7
              ) AS "t10"
                ON COALESCE("t7"."mapped_id", "t9"."person_id") = "t10"."described_id"
            ) AS "t13"
            WHERE
              (
                isNull(
                  CASE
                    WHEN startsWith(
                      CASE
                        WHEN CASE
                          WHEN "t13"."person_properties" IS NULL OR 'email' IS NULL
                          THEN NULL
                          ELSE mapContains("t13"."person_properties", 'email')
                        END
                        THEN CASE
                          WHEN mapContains("t13"."person_properties", 'email')
                          THEN "t13"."person_properties"['email']
                          ELSE NULL
                        END
                        ELSE NULL
                      END,
                      '"'
                    )
                    THEN JSONExtractString(
                      CASE
                        WHEN CASE
                          WHEN "t13"."person_properties" IS NULL OR 'email' IS NULL
                          THEN NULL
                          ELSE mapContains("t13"."person_properties", 'email')
                        END
                        THEN CASE
                          WHEN mapContains("t13"."person_properties", 'email')
                          THEN "t13"."person_properties"['email']
                          ELSE NULL
                        END
                        ELSE NULL
                      END
                    )
                    ELSE CASE
                      WHEN CASE
                        WHEN "t13"."person_properties" IS NULL OR 'email' IS NULL
                        THEN NULL
                        ELSE mapContains("t13"."person_properties", 'email')
                      END
                      THEN CASE
                        WHEN mapContains("t13"."person_properties", 'email')
                        THEN "t13"."person_properties"['email']
                        ELSE NULL
                      END
                      ELSE NULL
                    END
                  END
                )
                OR COALESCE(
                  NOT (
                    position(
                      LOWER(
                        CASE
                          WHEN startsWith(
                            CASE
                              WHEN CASE
                                WHEN "t13"."person_properties" IS NULL OR 'email' IS NULL
                                THEN NULL
                                ELSE mapContains("t13"."person_properties", 'email')
                              END
                              THEN CASE
                                WHEN mapContains("t13"."person_properties", 'email')
                                THEN "t13"."person_properties"['email']
                                ELSE NULL
                              END
                              ELSE NULL
                            END,
                            '"'
                          )
                          THEN JSONExtractString(
                            CASE
                              WHEN CASE
                                WHEN "t13"."person_properties" IS NULL OR 'email' IS NULL
                                THEN NULL
                                ELSE mapContains("t13"."person_properties", 'email')
                              END
                              THEN CASE
                                WHEN mapContains("t13"."person_properties", 'email')
                                THEN "t13"."person_properties"['email']
                                ELSE NULL
                              END
                              ELSE NULL
                            END
                          )
                          ELSE CASE
                            WHEN CASE
                              WHEN "t13"."person_properties" IS NULL OR 'email' IS NULL
                              THEN NULL
                              ELSE mapContains("t13"."person_properties", 'email')
                            END
                            THEN CASE
                              WHEN mapContains("t13"."person_properties", 'email')
                              THEN "t13"."person_properties"['email']
                              ELSE NULL
                            END
                            ELSE NULL
                          END
                        END
                      ),
                      '@example.org'
                    ) > 0
                  ),
                  FALSE
                )
              )
              AND COALESCE(
                CASE
                  WHEN startsWith(
                    CASE
                      WHEN CASE
                        WHEN "t13"."properties" IS NULL OR '$app_version' IS NULL
                        THEN NULL
                        ELSE mapContains("t13"."properties", '$app_version')
                      END
                      THEN CASE
                        WHEN mapContains("t13"."properties", '$app_version')
                        THEN "t13"."properties"['$app_version']
                        ELSE NULL
                      END
                      ELSE NULL
                    END,
                    '"'
                  )
                  THEN JSONExtractString(
                    CASE
                      WHEN CASE
                        WHEN "t13"."properties" IS NULL OR '$app_version' IS NULL
                        THEN NULL
                        ELSE mapContains("t13"."properties", '$app_version')
                      END
                      THEN CASE
                        WHEN mapContains("t13"."properties", '$app_version')
                        THEN "t13"."properties"['$app_version']
                        ELSE NULL
                      END
                      ELSE NULL
                    END
                  )
                  ELSE CASE
                    WHEN CASE
                      WHEN "t13"."properties" IS NULL OR '$app_version' IS NULL
                      THEN NULL
                      ELSE mapContains("t13"."properties", '$app_version')
                    END
                    THEN CASE
                      WHEN mapContains("t13"."properties", '$app_version')
                      THEN "t13"."properties"['$app_version']
                      ELSE NULL
                    END
                    ELSE NULL
                  END
                END IN ('2.0.0', '2.1'),
                FALSE
              )
          ) AS "t14"
          WHERE
            "t14"."flag_key" = 'checkout'
        ) AS "t15"
      ) AS "t16"
      WHERE
        "t16"."variant" IN ('control', 'test') AND isNotNull("t16"."unit")
    ) AS "t17"
    GROUP BY
      "t17"."unit"
  ) AS "t18"
  WHERE
    CASE WHEN "t18"."lowest" = "t18"."highest" THEN "t18"."lowest" ELSE '$multiple' END <> '$multiple'
)
SELECT
  "t25"."variant" AS "variant",
  COUNT(*) AS "units",
  SUM("t25"."value") AS "total",
  SUM("t25"."value" * "t25"."value") AS "squares"
FROM (
  SELECT
    "t21"."variant" AS "variant",
    COALESCE(CAST("t24"."value" AS Nullable(Float64)), 0.0) AS "value"
  FROM "exposed" AS "t21"
  LEFT OUTER JOIN (
    SELECT
      "t22"."counted_unit" AS "counted_unit",
      COUNT(*) AS "value"
    FROM (
      SELECT
        "t21"."unit" AS "unit",
        "t21"."first" AS "first",
        "t21"."entries" AS "entries",
        "t21"."variant" AS "variant",
        "t12"."counted_unit" AS "counted_unit",
        "t12"."moment" AS "moment"
      FROM "exposed" AS "t21"
      INNER JOIN (
        SELECT
          COALESCE("t7"."mapped_id", "t8"."person_id") AS "counted_unit",
          toUnixTimestamp64Micro("t8"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."timestamp" < toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."name" = 'purchase'
        ) AS "t8"
        LEFT OUTER JOIN (
          SELECT
            "t1"."source_id" AS "source_id",
            "t1"."person_id" AS "mapped_id"
          FROM "person_mappings" AS "t1"
          WHERE
            "t1"."project_id" = 7
        ) AS "t7"
          ON "t8"."person_id" = "t7"."source_id"
      ) AS "t12"
        ON "t21"."unit" = "t12"."counted_unit" AND "t12"."moment" >= "t21"."first"
    ) AS "t22"
    GROUP BY
      "t22"."counted_unit"
  ) AS "t24"
    ON "t21"."unit" = "t24"."counted_unit"
) AS "t25"
GROUP BY
  "t25"."variant"
