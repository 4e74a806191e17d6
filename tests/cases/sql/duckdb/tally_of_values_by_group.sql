SELECT
  "t5"."variant",
  SUM("t5"."events") AS "events",
  COUNT(*) AS "units",
  SUM("t5"."total") AS "total"
FROM (
  SELECT
    "t4"."variant",
    "t4"."unit",
    COUNT(*) AS "events",
    SUM("t4"."value") AS "total"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        CASE
          WHEN JSON_TYPE("t2"."properties", '/$feature~1checkout') = 'VARCHAR'
          THEN "t2"."properties" ->> '/$feature~1checkout'
          ELSE NULL
        END AS "variant",
        "t2"."group_0" AS "unit",
        COALESCE("t2"."number_3", 0.0) AS "value"
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
    1,
    2
) AS "t5"
GROUP BY
  1
