WITH "exposed" AS (
  SELECT
    "t28"."unit",
    "t28"."variant",
    "t28"."first",
    "t28"."entries",
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
      "t27"."unit",
      "t27"."variant",
      "t27"."first",
      "t27"."entries",
      "t27"."part_0",
      "t27"."part_1",
      "t27"."size",
      DENSE_RANK() OVER (
        ORDER BY "t27"."size" DESC, "t27"."part_0" ASC, "t27"."part_1" ASC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t26"."unit",
        "t26"."variant",
        "t26"."first",
        "t26"."entries",
        "t26"."part_0",
        "t26"."part_1",
        SUM(CASE WHEN "t26"."variant" <> '$multiple' THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t26"."part_0", "t26"."part_1"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "size"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t24"."unit",
            MIN("t24"."variant") AS "variant",
            MIN("t24"."activated") AS "first",
            COUNT(*) AS "entries",
            FIRST(
              "t24"."part_0" ORDER BY {'moment': "t24"."activated", 'uuid': CAST("t24"."uuid" AS TEXT)}
            ) AS "part_0",
            FIRST(
              "t24"."part_1" ORDER BY {'moment': "t24"."activated", 'uuid': CAST("t24"."uuid" AS TEXT)}
            ) AS "part_1"
          FROM (
            SELECT
              "t23"."unit",
              "t23"."variant",
              "t23"."first",
              "t23"."entries",
              "t20"."uuid",
              "t20"."part_0",
              "t20"."part_1",
              "t20"."activated_unit",
              "t20"."activated"
            FROM (
              SELECT
                "t21"."unit",
                FIRST(
                  "t21"."variant" ORDER BY {'moment': "t21"."moment", 'uuid': CAST("t21"."uuid" AS TEXT)}
                ) AS "variant",
                MIN("t21"."moment") AS "first",
                COUNT(*) AS "entries"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    "t16"."uuid",
                    COALESCE("t16"."mapped_id", "t16"."person_id") AS "unit",
                    "t16"."flag_response" AS "variant",
                    EPOCH_US("t16"."timestamp") AS "moment"
                  FROM (
                    SELECT
                      *
                    FROM (
                      SELECT
                        "t11"."project_id",
                        "t11"."uuid",
                        "t11"."name",
                        "t11"."distinct_id",
                        "t11"."person_id",
                        "t11"."timestamp",
                        "t11"."flag_key",
                        "t11"."flag_response",
                        "t11"."session_id",
                        "t11"."group_0",
                        "t11"."group_1",
                        "t11"."group_2",
                        "t11"."group_3",
                        "t11"."group_4",
                        "t11"."properties",
                        "t11"."number_3",
                        "t8"."source_id",
                        "t8"."mapped_id",
                        "t12"."described_id",
                        "t12"."person_properties"
                      FROM (
                        SELECT
                          *
                        FROM "events" AS "t0"
                        WHERE
                          "t0"."project_id" = 7
                          AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                          AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
                          AND "t0"."name" = '$feature_flag_called'
                      ) AS "t11"
                      LEFT OUTER JOIN (
                        SELECT
                          "t1"."source_id",
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
                  "t18"."variant" IN ('control', 'test') AND "t18"."unit" IS NOT NULL
              ) AS "t21"
              GROUP BY
                1
            ) AS "t23"
            INNER JOIN (
              SELECT
                "t17"."uuid",
                "t17"."part_0",
                "t17"."part_1",
                "t17"."unit" AS "activated_unit",
                "t17"."moment" AS "activated"
              FROM (
                SELECT
                  "t10"."uuid",
                  COALESCE("t8"."mapped_id", "t10"."person_id") AS "unit",
                  EPOCH_US("t10"."timestamp") AS "moment",
                  COALESCE(
                    NULLIF(
                      COALESCE(
                        CASE
                          WHEN JSON_TYPE("t10"."properties", '/$os') = 'VARCHAR'
                          THEN "t10"."properties" ->> '/$os'
                          ELSE NULL
                        END,
                        NULLIF(
                          COALESCE(
                            "t10"."properties" ->> '/$os',
                            CASE WHEN JSON_EXISTS("t10"."properties", '/$os') THEN 'null' ELSE NULL END
                          ),
                          'null'
                        )
                      ),
                      ''
                    ),
                    '$$_posthog_breakdown_null_$$'
                  ) AS "part_0",
                  COALESCE(
                    NULLIF(
                      COALESCE(
                        CASE
                          WHEN JSON_TYPE("t12"."person_properties", '/country') = 'VARCHAR'
                          THEN "t12"."person_properties" ->> '/country'
                          ELSE NULL
                        END,
                        NULLIF(
                          COALESCE(
                            "t12"."person_properties" ->> '/country',
                            CASE
                              WHEN JSON_EXISTS("t12"."person_properties", '/country')
                              THEN 'null'
                              ELSE NULL
                            END
                          ),
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
                    AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                    AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
                    AND "t0"."name" = 'opened'
                ) AS "t10"
                LEFT OUTER JOIN (
                  SELECT
                    "t1"."source_id",
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
            1
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
  "t35"."variant",
  "t35"."part_0",
  "t35"."part_1",
  COUNT(*) AS "units",
  SUM("t35"."value") AS "total",
  SUM("t35"."value" * "t35"."value") AS "squares"
FROM (
  SELECT
    "t31"."variant",
    "t31"."part_0",
    "t31"."part_1",
    COALESCE(CAST("t34"."value" AS DOUBLE), 0.0) AS "value"
  FROM "exposed" AS "t31"
  LEFT OUTER JOIN (
    SELECT
      "t32"."counted_unit",
      COUNT(*) AS "value"
    FROM (
      SELECT
        "t31"."unit",
        "t31"."variant",
        "t31"."first",
        "t31"."entries",
        "t31"."part_0",
        "t31"."part_1",
        "t14"."counted_unit",
        "t14"."moment"
      FROM "exposed" AS "t31"
      INNER JOIN (
        SELECT
          COALESCE("t8"."mapped_id", "t9"."person_id") AS "counted_unit",
          EPOCH_US("t9"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
            AND "t0"."timestamp" < CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
            AND "t0"."name" = 'purchase'
        ) AS "t9"
        LEFT OUTER JOIN (
          SELECT
            "t1"."source_id",
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
      1
  ) AS "t34"
    ON "t31"."unit" = "t34"."counted_unit"
) AS "t35"
GROUP BY
  1,
  2,
  3
