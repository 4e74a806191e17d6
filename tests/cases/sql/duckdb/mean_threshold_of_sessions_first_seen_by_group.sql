SELECT
  "t15"."variant",
  COUNT(*) AS "units",
  SUM("t15"."value") AS "total",
  SUM("t15"."value" * "t15"."value") AS "squares"
FROM (
  SELECT
    "t14"."variant",
    CAST("t14"."value" >= 2.0 AS DOUBLE) AS "value"
  FROM (
    SELECT
      "t10"."variant",
      COALESCE(CAST("t13"."value" AS DOUBLE), 0.0) AS "value"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t7"."unit",
          FIRST(
            "t7"."variant" ORDER BY {'moment': "t7"."moment", 'uuid': CAST("t7"."uuid" AS TEXT)}
          ) AS "variant",
          MIN("t7"."moment") AS "first",
          COUNT(*) AS "entries"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t5"."uuid",
              "t5"."group_0" AS "unit",
              CASE
                WHEN JSON_TYPE("t5"."properties", '/$feature~1checkout') = 'VARCHAR'
                THEN "t5"."properties" ->> '/$feature~1checkout'
                ELSE NULL
              END AS "variant",
              EPOCH_US("t5"."timestamp") AS "moment"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t0"."project_id",
                  "t0"."uuid",
                  "t0"."name",
                  "t0"."distinct_id",
                  "t0"."person_id",
                  "t0"."timestamp",
                  "t0"."flag_key",
                  "t0"."flag_response",
                  "t0"."session_id",
                  "t0"."group_0",
                  "t0"."group_1",
                  "t0"."group_2",
                  "t0"."group_3",
                  "t0"."group_4",
                  "t0"."properties",
                  "t0"."number_3",
                  "t0"."person_id" AS "person"
                FROM "events" AS "t0"
                WHERE
                  "t0"."project_id" = 7
                  AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                  AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
                  AND "t0"."name" = 'page'
              ) AS "t1"
              WHERE
                COALESCE(
                  LOWER(
                    REPLACE(
                      COALESCE(
                        "t1"."properties" ->> '/path',
                        CASE WHEN JSON_EXISTS("t1"."properties", '/path') THEN 'null' ELSE NULL END
                      ),
                      'İ',
                      'i̇'
                    )
                  ) IN ('/buy', '/pay'),
                  FALSE
                )
            ) AS "t5"
          ) AS "t6"
          WHERE
            "t6"."variant" IN ('control', 'test') AND "t6"."unit" IS NOT NULL
        ) AS "t7"
        GROUP BY
          1
      ) AS "t8"
      WHERE
        "t8"."variant" <> '$multiple'
    ) AS "t10"
    LEFT OUTER JOIN (
      SELECT
        "t11"."counted_unit",
        COUNT(DISTINCT "t11"."measure") AS "value"
      FROM (
        SELECT
          "t10"."unit",
          "t10"."variant",
          "t10"."first",
          "t10"."entries",
          "t4"."counted_unit",
          "t4"."moment",
          "t4"."measure"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t7"."unit",
              FIRST(
                "t7"."variant" ORDER BY {'moment': "t7"."moment", 'uuid': CAST("t7"."uuid" AS TEXT)}
              ) AS "variant",
              MIN("t7"."moment") AS "first",
              COUNT(*) AS "entries"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t5"."uuid",
                  "t5"."group_0" AS "unit",
                  CASE
                    WHEN JSON_TYPE("t5"."properties", '/$feature~1checkout') = 'VARCHAR'
                    THEN "t5"."properties" ->> '/$feature~1checkout'
                    ELSE NULL
                  END AS "variant",
                  EPOCH_US("t5"."timestamp") AS "moment"
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t0"."project_id",
                      "t0"."uuid",
                      "t0"."name",
                      "t0"."distinct_id",
                      "t0"."person_id",
                      "t0"."timestamp",
                      "t0"."flag_key",
                      "t0"."flag_response",
                      "t0"."session_id",
                      "t0"."group_0",
                      "t0"."group_1",
                      "t0"."group_2",
                      "t0"."group_3",
                      "t0"."group_4",
                      "t0"."properties",
                      "t0"."number_3",
                      "t0"."person_id" AS "person"
                    FROM "events" AS "t0"
                    WHERE
                      "t0"."project_id" = 7
                      AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                      AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
                      AND "t0"."name" = 'page'
                  ) AS "t1"
                  WHERE
                    COALESCE(
                      LOWER(
                        REPLACE(
                          COALESCE(
                            "t1"."properties" ->> '/path',
                            CASE WHEN JSON_EXISTS("t1"."properties", '/path') THEN 'null' ELSE NULL END
                          ),
                          'İ',
                          'i̇'
                        )
                      ) IN ('/buy', '/pay'),
                      FALSE
                    )
                ) AS "t5"
              ) AS "t6"
              WHERE
                "t6"."variant" IN ('control', 'test') AND "t6"."unit" IS NOT NULL
            ) AS "t7"
            GROUP BY
              1
          ) AS "t8"
          WHERE
            "t8"."variant" <> '$multiple'
        ) AS "t10"
        INNER JOIN (
          SELECT
            "t2"."group_0" AS "counted_unit",
            EPOCH_US("t2"."timestamp") AS "moment",
            "t2"."session_id" AS "measure"
          FROM (
            SELECT
              "t0"."project_id",
              "t0"."uuid",
              "t0"."name",
              "t0"."distinct_id",
              "t0"."person_id",
              "t0"."timestamp",
              "t0"."flag_key",
              "t0"."flag_response",
              "t0"."session_id",
              "t0"."group_0",
              "t0"."group_1",
              "t0"."group_2",
              "t0"."group_3",
              "t0"."group_4",
              "t0"."properties",
              "t0"."number_3",
              "t0"."person_id" AS "person"
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
              AND "t0"."timestamp" < CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
          ) AS "t2"
        ) AS "t4"
          ON "t10"."unit" = "t4"."counted_unit" AND "t4"."moment" >= "t10"."first"
      ) AS "t11"
      GROUP BY
        1
    ) AS "t13"
      ON "t10"."unit" = "t13"."counted_unit"
  ) AS "t14"
) AS "t15"
GROUP BY
  1
