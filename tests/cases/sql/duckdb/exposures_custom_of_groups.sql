SELECT
  "t6"."variant",
  "t6"."quarter",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t5"."unit",
    "t5"."variant",
    "t5"."first",
    "t5"."entries",
    "t5"."first" - (
      (
        (
          "t5"."first" % 900000000
        ) + 900000000
      ) % 900000000
    ) AS "quarter"
  FROM (
    SELECT
      "t4"."unit",
      FIRST(
        "t4"."variant" ORDER BY {'moment': "t4"."moment", 'uuid': CAST("t4"."uuid" AS TEXT)}
      ) AS "variant",
      MIN("t4"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t2"."uuid",
          "t2"."group_0" AS "unit",
          CASE
            WHEN JSON_TYPE("t2"."properties", '/$feature~1checkout') = 'VARCHAR'
            THEN "t2"."properties" ->> '/$feature~1checkout'
            ELSE NULL
          END AS "variant",
          EPOCH_US("t2"."timestamp") AS "moment"
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
        ) AS "t2"
      ) AS "t3"
      WHERE
        "t3"."variant" IN ('control', 'test') AND "t3"."unit" IS NOT NULL
    ) AS "t4"
    GROUP BY
      1
  ) AS "t5"
) AS "t6"
GROUP BY
  1,
  2
