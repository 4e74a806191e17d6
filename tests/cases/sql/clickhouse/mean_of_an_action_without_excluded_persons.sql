WITH "exposed" AS (
  SELECT
    "t15"."unit" AS "unit",
    "t15"."first" AS "first",
    "t15"."entries" AS "entries",
    CASE WHEN "t15"."lowest" = "t15"."highest" THEN "t15"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t14"."unit" AS "unit",
      MIN("t14"."variant") AS "lowest",
      MAX("t14"."variant") AS "highest",
      MIN("t14"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t12"."uuid" AS "uuid",
          "t12"."person_id" AS "unit",
          "t12"."flag_response" AS "variant",
          toUnixTimestamp64Micro("t12"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t5"."project_id" AS "project_id",
                "t5"."uuid" AS "uuid",
                "t5"."name" AS "name",
                "t5"."distinct_id" AS "distinct_id",
                "t5"."person_id" AS "person_id",
                "t5"."timestamp" AS "timestamp",
                "t5"."flag_key" AS "flag_key",
                "t5"."flag_response" AS "flag_response",
                "t5"."session_id" AS "session_id",
                "t5"."group_0" AS "group_0",
                "t5"."group_1" AS "group_1",
                "t5"."group_2" AS "group_2",
                "t5"."group_3" AS "group_3",
                "t5"."group_4" AS "group_4",
                "t5"."properties" AS "properties",
                "t5"."numbers" AS "numbers",
                "t6"."described_id" AS "described_id",
                "t6"."person_properties" AS "person_properties"
              FROM (
                SELECT
                  *
                FROM "events" AS "t0"
                WHERE
                  "t0"."project_id" = 7
                  AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                  AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                  AND "t0"."name" = '$feature_flag_called'
              ) AS "t5"
              LEFT OUTER JOIN (
                SELECT
                  "t1"."person_id" AS "described_id",
                  "t1"."properties" AS "person_properties"
                FROM "person_properties" AS "t1"
                WHERE
                  "t1"."project_id" = 7
              ) AS "t6"
                ON "t5"."person_id" = "t6"."described_id"
            ) AS "t7"
            WHERE
              NOT (
                COALESCE(
                  lowerUTF8(
                    CASE
                      WHEN startsWith(
                        CASE
                          WHEN CASE
                            WHEN "t7"."person_properties" IS NULL OR 'role' IS NULL
                            THEN NULL
                            ELSE mapContains("t7"."person_properties", 'role')
                          END
                          THEN CASE
                            WHEN mapContains("t7"."person_properties", 'role')
                            THEN "t7"."person_properties"['role']
                            ELSE NULL
                          END
                          ELSE NULL
                        END,
                        '"'
                      )
                      THEN JSONExtractString(
                        CASE
                          WHEN CASE
                            WHEN "t7"."person_properties" IS NULL OR 'role' IS NULL
                            THEN NULL
                            ELSE mapContains("t7"."person_properties", 'role')
                          END
                          THEN CASE
                            WHEN mapContains("t7"."person_properties", 'role')
                            THEN "t7"."person_properties"['role']
                            ELSE NULL
                          END
                          ELSE NULL
                        END
                      )
                      ELSE CASE
                        WHEN CASE
                          WHEN "t7"."person_properties" IS NULL OR 'role' IS NULL
                          THEN NULL
                          ELSE mapContains("t7"."person_properties", 'role')
                        END
                        THEN CASE
                          WHEN mapContains("t7"."person_properties", 'role')
                          THEN "t7"."person_properties"['role']
                          ELSE NULL
                        END
                        ELSE NULL
                      END
                    END
                  ) = 'staff',
                  FALSE
                )
              )
          ) AS "t11"
          WHERE
            "t11"."flag_key" = 'checkout'
        ) AS "t12"
      ) AS "t13"
      WHERE
        "t13"."variant" IN ('control', 'test') AND isNotNull("t13"."unit")
    ) AS "t14"
    GROUP BY
      "t14"."unit"
  ) AS "t15"
  WHERE
    CASE WHEN "t15"."lowest" = "t15"."highest" THEN "t15"."lowest" ELSE '$multiple' END <> '$multiple'
)
SELECT
  "t22"."variant" AS "variant",
  COUNT(*) AS "units",
  SUM("t22"."value") AS "total",
  SUM("t22"."value" * "t22"."value") AS "squares"
FROM (
  SELECT
    "t18"."variant" AS "variant",
    COALESCE(CAST("t21"."value" AS Nullable(Float64)), 0.0) AS "value"
  FROM "exposed" AS "t18"
  LEFT OUTER JOIN (
    SELECT
      "t19"."counted_unit" AS "counted_unit",
      COUNT(*) AS "value"
    FROM (
      SELECT
        "t18"."unit" AS "unit",
        "t18"."first" AS "first",
        "t18"."entries" AS "entries",
        "t18"."variant" AS "variant",
        "t10"."counted_unit" AS "counted_unit",
        "t10"."moment" AS "moment"
      FROM "exposed" AS "t18"
      INNER JOIN (
        SELECT
          "t8"."person_id" AS "counted_unit",
          toUnixTimestamp64Micro("t8"."timestamp") AS "moment"
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
              AND "t0"."timestamp" < toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
              AND "t0"."name" IN ('$pageview', 'purchase')
          ) AS "t2"
          WHERE
            (
              (
                "t2"."name" = 'purchase'
              )
              AND COALESCE(
                lowerUTF8(
                  CASE
                    WHEN startsWith(
                      CASE
                        WHEN CASE
                          WHEN "t2"."properties" IS NULL OR 'plan' IS NULL
                          THEN NULL
                          ELSE mapContains("t2"."properties", 'plan')
                        END
                        THEN CASE
                          WHEN mapContains("t2"."properties", 'plan')
                          THEN "t2"."properties"['plan']
                          ELSE NULL
                        END
                        ELSE NULL
                      END,
                      '"'
                    )
                    THEN JSONExtractString(
                      CASE
                        WHEN CASE
                          WHEN "t2"."properties" IS NULL OR 'plan' IS NULL
                          THEN NULL
                          ELSE mapContains("t2"."properties", 'plan')
                        END
                        THEN CASE
                          WHEN mapContains("t2"."properties", 'plan')
                          THEN "t2"."properties"['plan']
                          ELSE NULL
                        END
                        ELSE NULL
                      END
                    )
                    ELSE CASE
                      WHEN CASE
                        WHEN "t2"."properties" IS NULL OR 'plan' IS NULL
                        THEN NULL
                        ELSE mapContains("t2"."properties", 'plan')
                      END
                      THEN CASE
                        WHEN mapContains("t2"."properties", 'plan')
                        THEN "t2"."properties"['plan']
                        ELSE NULL
                      END
                      ELSE NULL
                    END
                  END
                ) = 'pro',
                FALSE
              )
            )
            OR (
              (
                "t2"."name" = '$pageview'
              )
              AND COALESCE(
                match(
                  CASE
                    WHEN startsWith(
                      CASE
                        WHEN CASE
                          WHEN "t2"."properties" IS NULL OR '$current_url' IS NULL
                          THEN NULL
                          ELSE mapContains("t2"."properties", '$current_url')
                        END
                        THEN CASE
                          WHEN mapContains("t2"."properties", '$current_url')
                          THEN "t2"."properties"['$current_url']
                          ELSE NULL
                        END
                        ELSE NULL
                      END,
                      '"'
                    )
                    THEN JSONExtractString(
                      CASE
                        WHEN CASE
                          WHEN "t2"."properties" IS NULL OR '$current_url' IS NULL
                          THEN NULL
                          ELSE mapContains("t2"."properties", '$current_url')
                        END
                        THEN CASE
                          WHEN mapContains("t2"."properties", '$current_url')
                          THEN "t2"."properties"['$current_url']
                          ELSE NULL
                        END
                        ELSE NULL
                      END
                    )
                    ELSE CASE
                      WHEN CASE
                        WHEN "t2"."properties" IS NULL OR '$current_url' IS NULL
                        THEN NULL
                        ELSE mapContains("t2"."properties", '$current_url')
                      END
                      THEN CASE
                        WHEN mapContains("t2"."properties", '$current_url')
                        THEN "t2"."properties"['$current_url']
                        ELSE NULL
                      END
                      ELSE NULL
                    END
                  END,
                  '(?-s)/pay\\-now'
                ),
                FALSE
              )
            )
        ) AS "t8"
      ) AS "t10"
        ON "t18"."unit" = "t10"."counted_unit" AND "t10"."moment" >= "t18"."first"
    ) AS "t19"
    GROUP BY
      "t19"."counted_unit"
  ) AS "t21"
    ON "t18"."unit" = "t21"."counted_unit"
) AS "t22"
GROUP BY
  "t22"."variant"
