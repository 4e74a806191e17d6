WITH "exposed" AS (
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
              *
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
              AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
              AND "t0"."name" = 'page'
          ) AS "t2"
          WHERE
            COALESCE(
              LOWER(
                REPLACE(
                  COALESCE(
                    "t2"."properties" ->> '/path',
                    CASE WHEN JSON_EXISTS("t2"."properties", '/path') THEN 'null' ELSE NULL END
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
)
SELECT
  "t16"."variant",
  COUNT(*) AS "units",
  SUM("t16"."value") AS "total",
  SUM("t16"."value" * "t16"."value") AS "squares"
FROM (
  SELECT
    "t15"."variant",
    CAST("t15"."value" >= 2.0 AS DOUBLE) AS "value"
  FROM (
    SELECT
      "t11"."variant",
      COALESCE(CAST("t14"."value" AS DOUBLE), 0.0) AS "value"
    FROM "exposed" AS "t11"
    LEFT OUTER JOIN (
      SELECT
        "t12"."counted_unit",
        COUNT(DISTINCT "t12"."measure") AS "value"
      FROM (
        SELECT
          "t11"."unit",
          "t11"."variant",
          "t11"."first",
          "t11"."entries",
          "t4"."counted_unit",
          "t4"."moment",
          "t4"."measure"
        FROM "exposed" AS "t11"
        INNER JOIN (
          SELECT
            "t1"."group_0" AS "counted_unit",
            EPOCH_US("t1"."timestamp") AS "moment",
            "t1"."session_id" AS "measure"
          FROM (
            SELECT
              *
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
              AND "t0"."timestamp" < CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
          ) AS "t1"
        ) AS "t4"
          ON "t11"."unit" = "t4"."counted_unit" AND "t4"."moment" >= "t11"."first"
      ) AS "t12"
      GROUP BY
        1
    ) AS "t14"
      ON "t11"."unit" = "t14"."counted_unit"
  ) AS "t15"
) AS "t16"
GROUP BY
  1
