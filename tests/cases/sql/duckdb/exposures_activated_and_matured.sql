SELECT
  "t13"."variant",
  "t13"."quarter",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t12"."unit",
    "t12"."variant",
    "t12"."first",
    "t12"."entries",
    "t12"."first" - (
      (
        (
          "t12"."first" % 900000000
        ) + 900000000
      ) % 900000000
    ) AS "quarter"
  FROM (
    SELECT
      "t11"."unit",
      MIN("t11"."variant") AS "variant",
      MIN("t11"."activated") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        "t10"."unit",
        "t10"."first",
        "t10"."entries",
        "t10"."variant",
        "t6"."activated_unit",
        "t6"."activated"
      FROM (
        SELECT
          "t8"."unit",
          "t8"."first",
          "t8"."entries",
          CASE WHEN "t8"."lowest" = "t8"."highest" THEN "t8"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t7"."unit",
            MIN("t7"."variant") AS "lowest",
            MAX("t7"."variant") AS "highest",
            MIN("t7"."moment") AS "first",
            COUNT(*) AS "entries"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t2"."uuid",
                "t2"."person_id" AS "unit",
                "t2"."flag_response" AS "variant",
                EPOCH_US("t2"."timestamp") AS "moment"
              FROM (
                SELECT
                  *
                FROM "events" AS "t0"
                WHERE
                  "t0"."project_id" = 7
                  AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                  AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
                  AND "t0"."name" = '$feature_flag_called'
                  AND "t0"."flag_key" = 'checkout'
              ) AS "t2"
            ) AS "t4"
            WHERE
              "t4"."variant" IN ('control', 'test') AND "t4"."unit" IS NOT NULL
          ) AS "t7"
          GROUP BY
            1
        ) AS "t8"
      ) AS "t10"
      INNER JOIN (
        SELECT
          "t3"."unit" AS "activated_unit",
          "t3"."moment" AS "activated"
        FROM (
          SELECT
            "t1"."uuid",
            "t1"."person_id" AS "unit",
            EPOCH_US("t1"."timestamp") AS "moment"
          FROM (
            SELECT
              *
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
              AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
              AND "t0"."name" = 'opened'
          ) AS "t1"
        ) AS "t3"
      ) AS "t6"
        ON "t10"."unit" = "t6"."activated_unit" AND "t6"."activated" >= "t10"."first"
    ) AS "t11"
    GROUP BY
      1
  ) AS "t12"
  WHERE
    "t12"."first" <= 1741737600000000
) AS "t13"
GROUP BY
  1,
  2
