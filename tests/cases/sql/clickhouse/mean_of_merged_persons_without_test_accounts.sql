SELECT
  "t32"."variant" AS "variant",
  COUNT(*) AS "units",
  SUM("t32"."value") AS "total",
  SUM("t32"."value" * "t32"."value") AS "squares"
FROM (
  SELECT
    "t28"."variant" AS "variant",
    COALESCE(CAST("t31"."value" AS Nullable(Float64)), 0.0) AS "value"
  FROM (
    SELECT
      "t26"."unit" AS "unit",
      "t26"."first" AS "first",
      "t26"."entries" AS "entries",
      CASE WHEN "t26"."lowest" = "t26"."highest" THEN "t26"."lowest" ELSE '$multiple' END AS "variant"
    FROM (
      SELECT
        "t25"."unit" AS "unit",
        MIN("t25"."variant") AS "lowest",
        MAX("t25"."variant") AS "highest",
        MIN("t25"."moment") AS "first",
        COUNT(*) AS "entries"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t23"."uuid" AS "uuid",
            "t23"."person" AS "unit",
            "t23"."flag_response" AS "variant",
            toUnixTimestamp64Micro("t23"."timestamp") AS "moment"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t20".*
                  EXCEPT ("described_id")
                FROM (
                  SELECT
                    "t17"."project_id" AS "project_id",
                    "t17"."uuid" AS "uuid",
                    "t17"."name" AS "name",
                    "t17"."distinct_id" AS "distinct_id",
                    "t17"."person_id" AS "person_id",
                    "t17"."timestamp" AS "timestamp",
                    "t17"."flag_key" AS "flag_key",
                    "t17"."flag_response" AS "flag_response",
                    "t17"."session_id" AS "session_id",
                    "t17"."group_0" AS "group_0",
                    "t17"."group_1" AS "group_1",
                    "t17"."group_2" AS "group_2",
                    "t17"."group_3" AS "group_3",
                    "t17"."group_4" AS "group_4",
                    "t17"."properties" AS "properties",
                    "t17"."numbers" AS "numbers",
                    "t17"."person" AS "person",
                    "t7"."described_id" AS "described_id",
                    "t7"."person_properties" AS "person_properties"
                  FROM (
                    SELECT
                      "t14".*
                      EXCEPT ("source_id", "mapped_id")
                    FROM (
                      SELECT
                        "t12"."project_id" AS "project_id",
                        "t12"."uuid" AS "uuid",
                        "t12"."name" AS "name",
                        "t12"."distinct_id" AS "distinct_id",
                        "t12"."person_id" AS "person_id",
                        "t12"."timestamp" AS "timestamp",
                        "t12"."flag_key" AS "flag_key",
                        "t12"."flag_response" AS "flag_response",
                        "t12"."session_id" AS "session_id",
                        "t12"."group_0" AS "group_0",
                        "t12"."group_1" AS "group_1",
                        "t12"."group_2" AS "group_2",
                        "t12"."group_3" AS "group_3",
                        "t12"."group_4" AS "group_4",
                        "t12"."properties" AS "properties",
                        "t12"."numbers" AS "numbers",
                        "t12"."source_id" AS "source_id",
                        "t12"."mapped_id" AS "mapped_id",
                        COALESCE("t12"."mapped_id", "t12"."person_id") AS "person"
                      FROM (
                        SELECT
                          "t10"."project_id" AS "project_id",
                          "t10"."uuid" AS "uuid",
                          "t10"."name" AS "name",
                          "t10"."distinct_id" AS "distinct_id",
                          "t10"."person_id" AS "person_id",
                          "t10"."timestamp" AS "timestamp",
                          "t10"."flag_key" AS "flag_key",
                          "t10"."flag_response" AS "flag_response",
                          "t10"."session_id" AS "session_id",
                          "t10"."group_0" AS "group_0",
                          "t10"."group_1" AS "group_1",
                          "t10"."group_2" AS "group_2",
                          "t10"."group_3" AS "group_3",
                          "t10"."group_4" AS "group_4",
                          "t10"."properties" AS "properties",
                          "t10"."numbers" AS "numbers",
                          "t8"."source_id" AS "source_id",
                          "t8"."mapped_id" AS "mapped_id"
                        FROM (
                          SELECT
                            *
                          FROM "events" AS "t1"
                          WHERE
                            "t1"."project_id" = 7
                            AND "t1"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                            AND "t1"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                            AND "t1"."name" = '$feature_flag_called'
                        ) AS "t10"
                        LEFT OUTER JOIN (
                          SELECT
                            "t2"."source_id" AS "source_id",
                            "t2"."person_id" AS "mapped_id"
                          FROM "person_mappings" AS "t2"
                          WHERE
                            "t2"."project_id" = 7
                        ) AS "t8"
                          ON "t10"."person_id" = "t8"."source_id"
                      ) AS "t12"
                    ) AS "t14"
                  ) AS "t17"
                  LEFT OUTER JOIN (
                    SELECT
                      "t0"."person_id" AS "described_id",
                      "t0"."properties" AS "person_properties"
                    FROM "person_properties" AS "t0"
                    WHERE
                      "t0"."project_id" = 7
                  ) AS "t7"
                    ON "t17"."person" = "t7"."described_id"
                ) AS "t20"
              ) AS "t21"
              WHERE
                (
                  isNull(
                    CASE
                      WHEN startsWith(
                        CASE
                          WHEN CASE
                            WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                            THEN NULL
                            ELSE mapContains("t21"."person_properties", 'email')
                          END
                          THEN CASE
                            WHEN mapContains("t21"."person_properties", 'email')
                            THEN "t21"."person_properties"['email']
                            ELSE NULL
                          END
                          ELSE NULL
                        END,
                        '"'
                      )
                      THEN JSONExtractString(
                        CASE
                          WHEN CASE
                            WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                            THEN NULL
                            ELSE mapContains("t21"."person_properties", 'email')
                          END
                          THEN CASE
                            WHEN mapContains("t21"."person_properties", 'email')
                            THEN "t21"."person_properties"['email']
                            ELSE NULL
                          END
                          ELSE NULL
                        END
                      )
                      ELSE CASE
                        WHEN CASE
                          WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                          THEN NULL
                          ELSE mapContains("t21"."person_properties", 'email')
                        END
                        THEN CASE
                          WHEN mapContains("t21"."person_properties", 'email')
                          THEN "t21"."person_properties"['email']
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
                                  WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t21"."person_properties", 'email')
                                END
                                THEN CASE
                                  WHEN mapContains("t21"."person_properties", 'email')
                                  THEN "t21"."person_properties"['email']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END,
                              '"'
                            )
                            THEN JSONExtractString(
                              CASE
                                WHEN CASE
                                  WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t21"."person_properties", 'email')
                                END
                                THEN CASE
                                  WHEN mapContains("t21"."person_properties", 'email')
                                  THEN "t21"."person_properties"['email']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END
                            )
                            ELSE CASE
                              WHEN CASE
                                WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                                THEN NULL
                                ELSE mapContains("t21"."person_properties", 'email')
                              END
                              THEN CASE
                                WHEN mapContains("t21"."person_properties", 'email')
                                THEN "t21"."person_properties"['email']
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
                          WHEN "t21"."properties" IS NULL OR '$app_version' IS NULL
                          THEN NULL
                          ELSE mapContains("t21"."properties", '$app_version')
                        END
                        THEN CASE
                          WHEN mapContains("t21"."properties", '$app_version')
                          THEN "t21"."properties"['$app_version']
                          ELSE NULL
                        END
                        ELSE NULL
                      END,
                      '"'
                    )
                    THEN JSONExtractString(
                      CASE
                        WHEN CASE
                          WHEN "t21"."properties" IS NULL OR '$app_version' IS NULL
                          THEN NULL
                          ELSE mapContains("t21"."properties", '$app_version')
                        END
                        THEN CASE
                          WHEN mapContains("t21"."properties", '$app_version')
                          THEN "t21"."properties"['$app_version']
                          ELSE NULL
                        END
                        ELSE NULL
                      END
                    )
                    ELSE CASE
                      WHEN CASE
                        WHEN "t21"."properties" IS NULL OR '$app_version' IS NULL
                        THEN NULL
                        ELSE mapContains("t21"."properties", '$app_version')
                      END
                      THEN CASE
                        WHEN mapContains("t21"."properties", '$app_version')
                        THEN "t21"."properties"['$app_version']
                        ELSE NULL
                      END
                      ELSE NULL
                    END
                  END IN ('2.0.0', '2.1'),
                  FALSE
                )
            ) AS "t22"
            WHERE
              "t22"."flag_key" = 'checkout'
          ) AS "t23"
        ) AS "t24"
        WHERE
          "t24"."variant" IN ('control', 'test') AND isNotNull("t24"."unit")
      ) AS "t25"
      GROUP BY
        "t25"."unit"
    ) AS "t26"
    WHERE
      CASE WHEN "t26"."lowest" = "t26"."highest" THEN "t26"."lowest" ELSE '$multiple' END <> '$multiple'
  ) AS "t28"
  LEFT OUTER JOIN (
    SELECT
      "t29"."counted_unit" AS "counted_unit",
      COUNT(*) AS "value"
    FROM (
      SELECT
        "t28"."unit" AS "unit",
        "t28"."first" AS "first",
        "t28"."entries" AS "entries",
        "t28"."variant" AS "variant",
        "t19"."counted_unit" AS "counted_unit",
        "t19"."moment" AS "moment"
      FROM (
        SELECT
          "t26"."unit" AS "unit",
          "t26"."first" AS "first",
          "t26"."entries" AS "entries",
          CASE WHEN "t26"."lowest" = "t26"."highest" THEN "t26"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t25"."unit" AS "unit",
            MIN("t25"."variant") AS "lowest",
            MAX("t25"."variant") AS "highest",
            MIN("t25"."moment") AS "first",
            COUNT(*) AS "entries"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t23"."uuid" AS "uuid",
                "t23"."person" AS "unit",
                "t23"."flag_response" AS "variant",
                toUnixTimestamp64Micro("t23"."timestamp") AS "moment"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t20".*
                      EXCEPT ("described_id")
                    FROM (
                      SELECT
                        "t17"."project_id" AS "project_id",
                        "t17"."uuid" AS "uuid",
                        "t17"."name" AS "name",
                        "t17"."distinct_id" AS "distinct_id",
                        "t17"."person_id" AS "person_id",
                        "t17"."timestamp" AS "timestamp",
                        "t17"."flag_key" AS "flag_key",
                        "t17"."flag_response" AS "flag_response",
                        "t17"."session_id" AS "session_id",
                        "t17"."group_0" AS "group_0",
                        "t17"."group_1" AS "group_1",
                        "t17"."group_2" AS "group_2",
                        "t17"."group_3" AS "group_3",
                        "t17"."group_4" AS "group_4",
                        "t17"."properties" AS "properties",
                        "t17"."numbers" AS "numbers",
                        "t17"."person" AS "person",
                        "t7"."described_id" AS "described_id",
                        "t7"."person_properties" AS "person_properties"
                      FROM (
                        SELECT
                          "t14".*
                          EXCEPT ("source_id", "mapped_id")
                        FROM (
                          SELECT
                            "t12"."project_id" AS "project_id",
                            "t12"."uuid" AS "uuid",
                            "t12"."name" AS "name",
                            "t12"."distinct_id" AS "distinct_id",
                            "t12"."person_id" AS "person_id",
                            "t12"."timestamp" AS "timestamp",
                            "t12"."flag_key" AS "flag_key",
                            "t12"."flag_response" AS "flag_response",
                            "t12"."session_id" AS "session_id",
                            "t12"."group_0" AS "group_0",
                            "t12"."group_1" AS "group_1",
                            "t12"."group_2" AS "group_2",
                            "t12"."group_3" AS "group_3",
                            "t12"."group_4" AS "group_4",
                            "t12"."properties" AS "properties",
                            "t12"."numbers" AS "numbers",
                            "t12"."source_id" AS "source_id",
                            "t12"."mapped_id" AS "mapped_id",
                            COALESCE("t12"."mapped_id", "t12"."person_id") AS "person"
                          FROM (
                            SELECT
                              "t10"."project_id" AS "project_id",
                              "t10"."uuid" AS "uuid",
                              "t10"."name" AS "name",
                              "t10"."distinct_id" AS "distinct_id",
                              "t10"."person_id" AS "person_id",
                              "t10"."timestamp" AS "timestamp",
                              "t10"."flag_key" AS "flag_key",
                              "t10"."flag_response" AS "flag_response",
                              "t10"."session_id" AS "session_id",
                              "t10"."group_0" AS "group_0",
                              "t10"."group_1" AS "group_1",
                              "t10"."group_2" AS "group_2",
                              "t10"."group_3" AS "group_3",
                              "t10"."group_4" AS "group_4",
                              "t10"."properties" AS "properties",
                              "t10"."numbers" AS "numbers",
                              "t8"."source_id" AS "source_id",
                              "t8"."mapped_id" AS "mapped_id"
                            FROM (
                              SELECT
                                *
                              FROM "events" AS "t1"
                              WHERE
                                "t1"."project_id" = 7
                                AND "t1"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                                AND "t1"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                                AND "t1"."name" = '$feature_flag_called'
                            ) AS "t10"
                            LEFT OUTER JOIN (
                              SELECT
                                "t2"."source_id" AS "source_id",
                                "t2"."person_id" AS "mapped_id"
                              FROM "person_mappings" AS "t2"
                              WHERE
                                "t2"."project_id" = 7
                            ) AS "t8"
                              ON "t10"."person_id" = "t8"."source_id"
                          ) AS "t12"
                        ) AS "t14"
                      ) AS "t17"
                      LEFT OUTER JOIN (
                        SELECT
                          "t0"."person_id" AS "described_id",
                          "t0"."properties" AS "person_properties"
                        FROM "person_properties" AS "t0"
                        WHERE
                          "t0"."project_id" = 7
                      ) AS "t7"
                        ON "t17"."person" = "t7"."described_id"
                    ) AS "t20"
                  ) AS "t21"
                  WHERE
                    (
                      isNull(
                        CASE
                          WHEN startsWith(
                            CASE
                              WHEN CASE
                                WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                                THEN NULL
                                ELSE mapContains("t21"."person_properties", 'email')
                              END
                              THEN CASE
                                WHEN mapContains("t21"."person_properties", 'email')
                                THEN "t21"."person_properties"['email']
                                ELSE NULL
                              END
                              ELSE NULL
                            END,
                            '"'
                          )
                          THEN JSONExtractString(
                            CASE
                              WHEN CASE
                                WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                                THEN NULL
                                ELSE mapContains("t21"."person_properties", 'email')
                              END
                              THEN CASE
                                WHEN mapContains("t21"."person_properties", 'email')
                                THEN "t21"."person_properties"['email']
                                ELSE NULL
                              END
                              ELSE NULL
                            END
                          )
                          ELSE CASE
                            WHEN CASE
                              WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                              THEN NULL
                              ELSE mapContains("t21"."person_properties", 'email')
                            END
                            THEN CASE
                              WHEN mapContains("t21"."person_properties", 'email')
                              THEN "t21"."person_properties"['email']
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
                                      WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                                      THEN NULL
                                      ELSE mapContains("t21"."person_properties", 'email')
                                    END
                                    THEN CASE
                                      WHEN mapContains("t21"."person_properties", 'email')
                                      THEN "t21"."person_properties"['email']
                                      ELSE NULL
                                    END
                                    ELSE NULL
                                  END,
                                  '"'
                                )
                                THEN JSONExtractString(
                                  CASE
                                    WHEN CASE
                                      WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                                      THEN NULL
                                      ELSE mapContains("t21"."person_properties", 'email')
                                    END
                                    THEN CASE
                                      WHEN mapContains("t21"."person_properties", 'email')
                                      THEN "t21"."person_properties"['email']
                                      ELSE NULL
                                    END
                                    ELSE NULL
                                  END
                                )
                                ELSE CASE
                                  WHEN CASE
                                    WHEN "t21"."person_properties" IS NULL OR 'email' IS NULL
                                    THEN NULL
                                    ELSE mapContains("t21"."person_properties", 'email')
                                  END
                                  THEN CASE
                                    WHEN mapContains("t21"."person_properties", 'email')
                                    THEN "t21"."person_properties"['email']
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
                              WHEN "t21"."properties" IS NULL OR '$app_version' IS NULL
                              THEN NULL
                              ELSE mapContains("t21"."properties", '$app_version')
                            END
                            THEN CASE
                              WHEN mapContains("t21"."properties", '$app_version')
                              THEN "t21"."properties"['$app_version']
                              ELSE NULL
                            END
                            ELSE NULL
                          END,
                          '"'
                        )
                        THEN JSONExtractString(
                          CASE
                            WHEN CASE
                              WHEN "t21"."properties" IS NULL OR '$app_version' IS NULL
                              THEN NULL
                              ELSE mapContains("t21"."properties", '$app_version')
                            END
                            THEN CASE
                              WHEN mapContains("t21"."properties", '$app_version')
                              THEN "t21"."properties"['$app_version']
                              ELSE NULL
                            END
                            ELSE NULL
                          END
                        )
                        ELSE CASE
                          WHEN CASE
                            WHEN "t21"."properties" IS NULL OR '$app_version' IS NULL
                            THEN NULL
                            ELSE mapContains("t21"."properties", '$app_version')
                          END
                          THEN CASE
                            WHEN mapContains("t21"."properties", '$app_version')
                            THEN "t21"."properties"['$app_version']
                            ELSE NULL
                          END
                          ELSE NULL
                        END
                      END IN ('2.0.0', '2.1'),
                      FALSE
                    )
                ) AS "t22"
                WHERE
                  "t22"."flag_key" = 'checkout'
              ) AS "t23"
            ) AS "t24"
            WHERE
              "t24"."variant" IN ('control', 'test') AND isNotNull("t24"."unit")
          ) AS "t25"
          GROUP BY
            "t25"."unit"
        ) AS "t26"
        WHERE
          CASE WHEN "t26"."lowest" = "t26"."highest" THEN "t26"."lowest" ELSE '$multiple' END <> '$multiple'
      ) AS "t28"
      INNER JOIN (
        SELECT
          "t15"."person" AS "counted_unit",
          toUnixTimestamp64Micro("t15"."timestamp") AS "moment"
        FROM (
          SELECT
            "t13".*
            EXCEPT ("source_id", "mapped_id")
          FROM (
            SELECT
              "t11"."project_id" AS "project_id",
              "t11"."uuid" AS "uuid",
              "t11"."name" AS "name",
              "t11"."distinct_id" AS "distinct_id",
              "t11"."person_id" AS "person_id",
              "t11"."timestamp" AS "timestamp",
              "t11"."flag_key" AS "flag_key",
              "t11"."flag_response" AS "flag_response",
              "t11"."session_id" AS "session_id",
              "t11"."group_0" AS "group_0",
              "t11"."group_1" AS "group_1",
              "t11"."group_2" AS "group_2",
              "t11"."group_3" AS "group_3",
              "t11"."group_4" AS "group_4",
              "t11"."properties" AS "properties",
              "t11"."numbers" AS "numbers",
              "t11"."source_id" AS "source_id",
              "t11"."mapped_id" AS "mapped_id",
              COALESCE("t11"."mapped_id", "t11"."person_id") AS "person"
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
                "t8"."source_id" AS "source_id",
                "t8"."mapped_id" AS "mapped_id"
              FROM (
                SELECT
                  *
                FROM "events" AS "t1"
                WHERE
                  "t1"."project_id" = 7
                  AND "t1"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                  AND "t1"."timestamp" < toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                  AND "t1"."name" = 'purchase'
              ) AS "t9"
              LEFT OUTER JOIN (
                SELECT
                  "t2"."source_id" AS "source_id",
                  "t2"."person_id" AS "mapped_id"
                FROM "person_mappings" AS "t2"
                WHERE
                  "t2"."project_id" = 7
              ) AS "t8"
                ON "t9"."person_id" = "t8"."source_id"
            ) AS "t11"
          ) AS "t13"
        ) AS "t15"
      ) AS "t19"
        ON "t28"."unit" = "t19"."counted_unit" AND "t19"."moment" >= "t28"."first"
    ) AS "t29"
    GROUP BY
      "t29"."counted_unit"
  ) AS "t31"
    ON "t28"."unit" = "t31"."counted_unit"
) AS "t32"
GROUP BY
  "t32"."variant"
