WITH "exposed" AS (
  SELECT
    "t28"."unit" AS "unit",
    "t28"."variant" AS "variant",
    "t28"."first" AS "first",
    "t28"."entries" AS "entries",
    CASE
      WHEN "t28"."rank" < 25
      THEN "t28"."part_0"
      ELSE '$$_posthog_breakdown_other_$$'
    END AS "part_0",
    CASE
      WHEN "t28"."rank" < 25
      THEN "t28"."part_1"
      ELSE '$$_posthog_breakdown_other_$$'
    END AS "part_1"
  FROM (
    SELECT
      "t27"."unit" AS "unit",
      "t27"."variant" AS "variant",
      "t27"."first" AS "first",
      "t27"."entries" AS "entries",
      "t27"."part_0" AS "part_0",
      "t27"."part_1" AS "part_1",
      "t27"."size" AS "size",
      DENSE_RANK() OVER (
        ORDER BY "t27"."size" DESC, "t27"."part_0" ASC, "t27"."part_1" ASC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t26"."unit" AS "unit",
        "t26"."variant" AS "variant",
        "t26"."first" AS "first",
        "t26"."entries" AS "entries",
        "t26"."part_0" AS "part_0",
        "t26"."part_1" AS "part_1",
        SUM(CASE WHEN "t26"."variant" <> '$multiple' THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t26"."part_0", "t26"."part_1"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "size"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t24"."unit" AS "unit",
            MIN("t24"."variant") AS "variant",
            MIN("t24"."activated") AS "first",
            COUNT(*) AS "entries",
            argMin(
              tuple("t24"."part_0"),
              tuple("t24"."activated", CAST("t24"."uuid" AS Nullable(String)))
            ).1 AS "part_0",
            argMin(
              tuple("t24"."part_1"),
              tuple("t24"."activated", CAST("t24"."uuid" AS Nullable(String)))
            ).1 AS "part_1"
          FROM (
            SELECT
              "t23"."unit" AS "unit",
              "t23"."variant" AS "variant",
              "t23"."first" AS "first",
              "t23"."entries" AS "entries",
              "t20"."uuid" AS "uuid",
              "t20"."part_0" AS "part_0",
              "t20"."part_1" AS "part_1",
              "t20"."activated_unit" AS "activated_unit",
              "t20"."activated" AS "activated"
            FROM (
              SELECT
                "t21"."unit" AS "unit",
                argMin(
                  tuple("t21"."variant"),
                  tuple("t21"."moment", CAST("t21"."uuid" AS Nullable(String)))
                ).1 AS "variant",
                MIN("t21"."moment") AS "first",
                COUNT(*) AS "entries"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    "t16"."uuid" AS "uuid",
                    COALESCE("t16"."mapped_id", "t16"."person_id") AS "unit",
                    "t16"."flag_response" AS "variant",
                    toUnixTimestamp64Micro("t16"."timestamp") AS "moment"
                  FROM (
                    SELECT
                      *
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
                        "t8"."source_id" AS "source_id",
                        "t8"."mapped_id" AS "mapped_id",
                        "t12"."described_id" AS "described_id",
                        "t12"."person_properties" AS "person_properties"
                      FROM (
                        SELECT
                          *
                        FROM "events" AS "t0"
                        WHERE
                          "t0"."project_id" = 7
                          AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                          AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                          AND "t0"."name" = '$feature_flag_called'
                      ) AS "t11"
                      LEFT OUTER JOIN (
                        SELECT
                          "t1"."source_id" AS "source_id",
                          "t1"."person_id" AS "mapped_id"
                        FROM "person_mappings" AS "t1"
                        WHERE
                          "t1"."project_id" = 7
                      ) AS "t8"
                        ON "t11"."person_id" = "t8"."source_id"
                      LEFT OUTER JOIN (
                        SELECT
                          "t2"."person_id" AS "described_id",
                          "t2"."properties" AS "person_properties"
                        FROM "person_properties" AS "t2"
                        WHERE
                          "t2"."project_id" = 7
                      ) AS "t12"
                        ON COALESCE("t8"."mapped_id", "t11"."person_id") = "t12"."described_id"
                    ) AS "t15"
                    WHERE
                      "t15"."flag_key" = 'checkout'
                  ) AS "t16"
                ) AS "t18"
                WHERE
                  "t18"."variant" IN ('control', 'test') AND isNotNull("t18"."unit")
              ) AS "t21"
              GROUP BY
                "t21"."unit"
            ) AS "t23"
            INNER JOIN (
              SELECT
                "t17"."uuid" AS "uuid",
                "t17"."part_0" AS "part_0",
                "t17"."part_1" AS "part_1",
                "t17"."unit" AS "activated_unit",
                "t17"."moment" AS "activated"
              FROM (
                SELECT
                  "t10"."uuid" AS "uuid",
                  COALESCE("t8"."mapped_id", "t10"."person_id") AS "unit",
                  toUnixTimestamp64Micro("t10"."timestamp") AS "moment",
                  COALESCE(
                    nullIf(
                      COALESCE(
                        CASE
                          WHEN startsWith(
                            CASE
                              WHEN CASE
                                WHEN "t10"."properties" IS NULL OR '$os' IS NULL
                                THEN NULL
                                ELSE mapContains("t10"."properties", '$os')
                              END
                              THEN CASE
                                WHEN mapContains("t10"."properties", '$os')
                                THEN "t10"."properties"['$os']
                                ELSE NULL
                              END
                              ELSE NULL
                            END,
                            '"'
                          )
                          THEN JSONExtractString(
                            CASE
                              WHEN CASE
                                WHEN "t10"."properties" IS NULL OR '$os' IS NULL
                                THEN NULL
                                ELSE mapContains("t10"."properties", '$os')
                              END
                              THEN CASE
                                WHEN mapContains("t10"."properties", '$os')
                                THEN "t10"."properties"['$os']
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
                                  WHEN "t10"."properties" IS NULL OR '$os' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t10"."properties", '$os')
                                END
                                THEN CASE
                                  WHEN mapContains("t10"."properties", '$os')
                                  THEN "t10"."properties"['$os']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END,
                              '"'
                            )
                            THEN JSONExtractString(
                              CASE
                                WHEN CASE
                                  WHEN "t10"."properties" IS NULL OR '$os' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t10"."properties", '$os')
                                END
                                THEN CASE
                                  WHEN mapContains("t10"."properties", '$os')
                                  THEN "t10"."properties"['$os']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END
                            )
                            ELSE CASE
                              WHEN CASE
                                WHEN "t10"."properties" IS NULL OR '$os' IS NULL
                                THEN NULL
                                ELSE mapContains("t10"."properties", '$os')
                              END
                              THEN CASE
                                WHEN mapContains("t10"."properties", '$os')
                                THEN "t10"."properties"['$os']
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
                  ) AS "part_0",
                  COALESCE(
                    nullIf(
                      COALESCE(
                        CASE
                          WHEN startsWith(
                            CASE
                              WHEN CASE
                                WHEN "t12"."person_properties" IS NULL OR 'country' IS NULL
                                THEN NULL
                                ELSE mapContains("t12"."person_properties", 'country')
                              END
                              THEN CASE
                                WHEN mapContains("t12"."person_properties", 'country')
                                THEN "t12"."person_properties"['country']
                                ELSE NULL
                              END
                              ELSE NULL
                            END,
                            '"'
                          )
                          THEN JSONExtractString(
                            CASE
                              WHEN CASE
                                WHEN "t12"."person_properties" IS NULL OR 'country' IS NULL
                                THEN NULL
                                ELSE mapContains("t12"."person_properties", 'country')
                              END
                              THEN CASE
                                WHEN mapContains("t12"."person_properties", 'country')
                                THEN "t12"."person_properties"['country']
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
                                  WHEN "t12"."person_properties" IS NULL OR 'country' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t12"."person_properties", 'country')
                                END
                                THEN CASE
                                  WHEN mapContains("t12"."person_properties", 'country')
                                  THEN "t12"."person_properties"['country']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END,
                              '"'
                            )
                            THEN JSONExtractString(
                              CASE
                                WHEN CASE
                                  WHEN "t12"."person_properties" IS NULL OR 'country' IS NULL
                                  THEN NULL
                                  ELSE mapContains("t12"."person_properties", 'country')
                                END
                                THEN CASE
                                  WHEN mapContains("t12"."person_properties", 'country')
                                  THEN "t12"."person_properties"['country']
                                  ELSE NULL
                                END
                                ELSE NULL
                              END
                            )
                            ELSE CASE
                              WHEN CASE
                                WHEN "t12"."person_properties" IS NULL OR 'country' IS NULL
                                THEN NULL
                                ELSE mapContains("t12"."person_properties", 'country')
                              END
                              THEN CASE
                                WHEN mapContains("t12"."person_properties", 'country')
                                THEN "t12"."person_properties"['country']
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
                  ) AS "part_1"
                FROM (
                  SELECT
                    *
                  FROM "events" AS "t0"
                  WHERE
                    "t0"."project_id" = 7
                    AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                    AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                    AND "t0"."name" = 'opened'
                ) AS "t10"
                LEFT OUTER JOIN (
                  SELECT
                    "t1"."source_id" AS "source_id",
                    "t1"."person_id" AS "mapped_id"
                  FROM "person_mappings" AS "t1"
                  WHERE
                    "t1"."project_id" = 7
                ) AS "t8"
                  ON "t10"."person_id" = "t8"."source_id"
                LEFT OUTER JOIN (
                  SELECT
                    "t2"."person_id" AS "described_id",
                    "t2"."properties" AS "person_properties"
                  FROM "person_properties" AS "t2"
                  WHERE
                    "t2"."project_id" = 7
                ) AS "t12"
                  ON COALESCE("t8"."mapped_id", "t10"."person_id") = "t12"."described_id"
              ) AS "t17"
            ) AS "t20"
              ON "t23"."unit" = "t20"."activated_unit" AND "t20"."activated" >= "t23"."first"
          ) AS "t24"
          GROUP BY
            "t24"."unit"
        ) AS "t25"
        WHERE
          "t25"."first" <= 1741737600000000
      ) AS "t26"
    ) AS "t27"
  ) AS "t28"
  WHERE
    "t28"."variant" <> '$multiple'
)
SELECT
  "t35"."variant" AS "variant",
  "t35"."part_0" AS "part_0",
  "t35"."part_1" AS "part_1",
  COUNT(*) AS "units",
  SUM("t35"."value") AS "total",
  SUM("t35"."value" * "t35"."value") AS "squares"
FROM (
  SELECT
    "t31"."variant" AS "variant",
    "t31"."part_0" AS "part_0",
    "t31"."part_1" AS "part_1",
    COALESCE(CAST("t34"."value" AS Nullable(Float64)), 0.0) AS "value"
  FROM "exposed" AS "t31"
  LEFT OUTER JOIN (
    SELECT
      "t32"."counted_unit" AS "counted_unit",
      COUNT(*) AS "value"
    FROM (
      SELECT
        "t31"."unit" AS "unit",
        "t31"."variant" AS "variant",
        "t31"."first" AS "first",
        "t31"."entries" AS "entries",
        "t31"."part_0" AS "part_0",
        "t31"."part_1" AS "part_1",
        "t14"."counted_unit" AS "counted_unit",
        "t14"."moment" AS "moment"
      FROM "exposed" AS "t31"
      INNER JOIN (
        SELECT
          COALESCE("t8"."mapped_id", "t9"."person_id") AS "counted_unit",
          toUnixTimestamp64Micro("t9"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."timestamp" < toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."name" = 'purchase'
        ) AS "t9"
        LEFT OUTER JOIN (
          SELECT
            "t1"."source_id" AS "source_id",
            "t1"."person_id" AS "mapped_id"
          FROM "person_mappings" AS "t1"
          WHERE
            "t1"."project_id" = 7
        ) AS "t8"
          ON "t9"."person_id" = "t8"."source_id"
      ) AS "t14"
        ON "t31"."unit" = "t14"."counted_unit" AND "t14"."moment" >= "t31"."first"
    ) AS "t32"
    GROUP BY
      "t32"."counted_unit"
  ) AS "t34"
    ON "t31"."unit" = "t34"."counted_unit"
) AS "t35"
GROUP BY
  "t35"."variant",
  "t35"."part_0",
  "t35"."part_1"
