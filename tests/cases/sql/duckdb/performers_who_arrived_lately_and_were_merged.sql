SELECT
  "t8"."person",
  MAX("t8"."moment") AS "last_at"
FROM (
  SELECT
    COALESCE("t7"."mapped_id", "t7"."person_id") AS "person",
    EPOCH_US("t7"."timestamp") AS "moment"
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
        "t5"."seq",
        "t4"."source_id",
        "t4"."mapped_id"
      FROM (
        SELECT
          *
        FROM "events" AS "t0"
        WHERE
          "t0"."project_id" = 7
          AND "t0"."name" = 'page'
          AND "t0"."seq" > 1741000000000000
          AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
          AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
      ) AS "t5"
      LEFT OUTER JOIN (
        SELECT
          "t1"."source_id",
          "t1"."person_id" AS "mapped_id"
        FROM "person_mappings" AS "t1"
        WHERE
          "t1"."project_id" = 7
      ) AS "t4"
        ON "t5"."person_id" = "t4"."source_id"
    ) AS "t6"
    WHERE
      COALESCE(
        LOWER(
          REPLACE(
            COALESCE(
              "t6"."properties" ->> '/path',
              CASE WHEN JSON_EXISTS("t6"."properties", '/path') THEN 'null' ELSE NULL END
            ),
            'İ',
            'i̇'
          )
        ) IN ('/buy', '/pay'),
        FALSE
      )
  ) AS "t7"
) AS "t8"
GROUP BY
  1
