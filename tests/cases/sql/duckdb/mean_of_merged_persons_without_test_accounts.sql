WITH "exposed" AS (
  SELECT
    "t18"."unit",
    "t18"."first",
    "t18"."entries",
    CASE WHEN "t18"."lowest" = "t18"."highest" THEN "t18"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t17"."unit",
      MIN("t17"."variant") AS "lowest",
      MAX("t17"."variant") AS "highest",
      MIN("t17"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t15"."uuid",
          COALESCE("t15"."mapped_id", "t15"."person_id") AS "unit",
          "t15"."flag_response" AS "variant",
          EPOCH_US("t15"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t9"."project_id",
                "t9"."uuid",
                "t9"."name",
                "t9"."distinct_id",
                "t9"."person_id",
                "t9"."timestamp",
                "t9"."flag_key",
                "t9"."flag_response",
                "t9"."session_id",
                "t9"."group_0",
                "t9"."group_1",
                "t9"."group_2",
                "t9"."group_3",
                "t9"."group_4",
                "t9"."properties",
                "t9"."number_3",
                "t7"."source_id",
                "t7"."mapped_id",
                "t10"."described_id",
                "t10"."person_properties"
              FROM (
                SELECT
                  *
                FROM "events" AS "t0"
                WHERE
                  "t0"."project_id" = 7
                  AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                  AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
                  AND "t0"."name" = '$feature_flag_called'
              ) AS "t9"
              LEFT OUTER JOIN (
                SELECT
                  "t1"."source_id",
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
                (
                  COALESCE(
                    "t13"."person_properties" ->> '/email',
                    CASE WHEN JSON_EXISTS("t13"."person_properties", '/email') THEN 'null' ELSE NULL END
                  ) IS NULL
                )
                OR COALESCE(
                  NOT (
                    CONTAINS(
                      TRANSLATE(
                        COALESCE(
                          "t13"."person_properties" ->> '/email',
                          CASE WHEN JSON_EXISTS("t13"."person_properties", '/email') THEN 'null' ELSE NULL END
                        ),
                        'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
                        'abcdefghijklmnopqrstuvwxyz'
                      ),
                      '@example.org'
                    )
                  ),
                  FALSE
                )
              )
              AND COALESCE(
                COALESCE(
                  "t13"."properties" ->> '/$app_version',
                  CASE WHEN JSON_EXISTS("t13"."properties", '/$app_version') THEN 'null' ELSE NULL END
                ) IN ('2.0.0', '2.1'),
                FALSE
              )
          ) AS "t14"
          WHERE
            "t14"."flag_key" = 'checkout'
        ) AS "t15"
      ) AS "t16"
      WHERE
        "t16"."variant" IN ('control', 'test') AND "t16"."unit" IS NOT NULL
    ) AS "t17"
    GROUP BY
      1
  ) AS "t18"
  WHERE
    CASE WHEN "t18"."lowest" = "t18"."highest" THEN "t18"."lowest" ELSE '$multiple' END <> '$multiple'
)
SELECT
  "t25"."variant",
  COUNT(*) AS "units",
  SUM("t25"."value") AS "total",
  SUM("t25"."value" * "t25"."value") AS "squares"
FROM (
  SELECT
    "t21"."variant",
    COALESCE(CAST("t24"."value" AS DOUBLE), 0.0) AS "value"
  FROM "exposed" AS "t21"
  LEFT OUTER JOIN (
    SELECT
      "t22"."counted_unit",
      COUNT(*) AS "value"
    FROM (
      SELECT
        "t21"."unit",
        "t21"."first",
        "t21"."entries",
        "t21"."variant",
        "t12"."counted_unit",
        "t12"."moment"
      FROM "exposed" AS "t21"
      INNER JOIN (
        SELECT
          COALESCE("t7"."mapped_id", "t8"."person_id") AS "counted_unit",
          EPOCH_US("t8"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
            AND "t0"."timestamp" < CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
            AND "t0"."name" = 'purchase'
        ) AS "t8"
        LEFT OUTER JOIN (
          SELECT
            "t1"."source_id",
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
      1
  ) AS "t24"
    ON "t21"."unit" = "t24"."counted_unit"
) AS "t25"
GROUP BY
  1
