WITH "exposed" AS (
  SELECT
    "t15"."unit",
    "t15"."first",
    "t15"."entries",
    CASE WHEN "t15"."lowest" = "t15"."highest" THEN "t15"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t14"."unit",
      MIN("t14"."variant") AS "lowest",
      MAX("t14"."variant") AS "highest",
      MIN("t14"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t12"."uuid",
          "t12"."person_id" AS "unit",
          "t12"."flag_response" AS "variant",
          EPOCH_US("t12"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t5"."project_id",
                "t5"."uuid",
                "t5"."name",
                "t5"."distinct_id",
                "t5"."person_id",
                "t5"."timestamp",
                "t5"."flag_key",
                "t5"."flag_response",
                "t5"."session_id",
                "t5"."group_0",
                "t5"."group_1",
                "t5"."group_2",
                "t5"."group_3",
                "t5"."group_4",
                "t5"."properties",
                "t5"."number_3",
                "t6"."described_id",
                "t6"."person_properties"
              FROM (
                SELECT
                  *
                FROM "events" AS "t0"
                WHERE
                  "t0"."project_id" = 7
                  AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                  AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
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
                  LOWER(
                    REPLACE(
                      COALESCE(
                        "t7"."person_properties" ->> '/role',
                        CASE WHEN JSON_EXISTS("t7"."person_properties", '/role') THEN 'null' ELSE NULL END
                      ),
                      'İ',
                      'i̇'
                    )
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
        "t13"."variant" IN ('control', 'test') AND "t13"."unit" IS NOT NULL
    ) AS "t14"
    GROUP BY
      1
  ) AS "t15"
  WHERE
    CASE WHEN "t15"."lowest" = "t15"."highest" THEN "t15"."lowest" ELSE '$multiple' END <> '$multiple'
)
SELECT
  "t22"."variant",
  COUNT(*) AS "units",
  SUM("t22"."value") AS "total",
  SUM("t22"."value" * "t22"."value") AS "squares"
FROM (
  SELECT
    "t18"."variant",
    COALESCE(CAST("t21"."value" AS DOUBLE), 0.0) AS "value"
  FROM "exposed" AS "t18"
  LEFT OUTER JOIN (
    SELECT
      "t19"."counted_unit",
      COUNT(*) AS "value"
    FROM (
      SELECT
        "t18"."unit",
        "t18"."first",
        "t18"."entries",
        "t18"."variant",
        "t10"."counted_unit",
        "t10"."moment"
      FROM "exposed" AS "t18"
      INNER JOIN (
        SELECT
          "t8"."person_id" AS "counted_unit",
          EPOCH_US("t8"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
              AND "t0"."timestamp" < CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
              AND "t0"."name" IN ('$pageview', 'purchase')
          ) AS "t2"
          WHERE
            (
              (
                "t2"."name" = 'purchase'
              )
              AND COALESCE(
                LOWER(
                  REPLACE(
                    COALESCE(
                      "t2"."properties" ->> '/plan',
                      CASE WHEN JSON_EXISTS("t2"."properties", '/plan') THEN 'null' ELSE NULL END
                    ),
                    'İ',
                    'i̇'
                  )
                ) = 'pro',
                FALSE
              )
            )
            OR (
              (
                "t2"."name" = '$pageview'
              )
              AND COALESCE(
                REGEXP_MATCHES(
                  COALESCE(
                    "t2"."properties" ->> '/$current_url',
                    CASE WHEN JSON_EXISTS("t2"."properties", '/$current_url') THEN 'null' ELSE NULL END
                  ),
                  '/pay\-now'
                ),
                FALSE
              )
            )
        ) AS "t8"
      ) AS "t10"
        ON "t18"."unit" = "t10"."counted_unit" AND "t10"."moment" >= "t18"."first"
    ) AS "t19"
    GROUP BY
      1
  ) AS "t21"
    ON "t18"."unit" = "t21"."counted_unit"
) AS "t22"
GROUP BY
  1
