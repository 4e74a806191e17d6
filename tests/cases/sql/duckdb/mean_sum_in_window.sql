SELECT
  "t13"."variant",
  COUNT(*) AS "units",
  SUM("t13"."value") AS "total",
  SUM("t13"."value" * "t13"."value") AS "squares"
FROM (
  SELECT
    "t9"."variant",
    COALESCE("t12"."value", 0.0) AS "value"
  FROM (
    SELECT
      "t7"."unit",
      "t7"."first",
      "t7"."entries",
      CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END AS "variant"
    FROM (
      SELECT
        "t6"."unit",
        MIN("t6"."variant") AS "lowest",
        MAX("t6"."variant") AS "highest",
        MIN("t6"."moment") AS "first",
        COUNT(*) AS "entries"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t1"."uuid",
            "t1"."person" AS "unit",
            "t1"."flag_response" AS "variant",
            EPOCH_US("t1"."timestamp") AS "moment"
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
              AND "t0"."name" = '$feature_flag_called'
              AND "t0"."flag_key" = 'checkout'
          ) AS "t1"
        ) AS "t3"
        WHERE
          "t3"."variant" IN ('control', 'test') AND "t3"."unit" IS NOT NULL
      ) AS "t6"
      GROUP BY
        1
    ) AS "t7"
    WHERE
      CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END <> '$multiple'
  ) AS "t9"
  LEFT OUTER JOIN (
    SELECT
      "t10"."counted_unit",
      SUM("t10"."measure") AS "value"
    FROM (
      SELECT
        "t9"."unit",
        "t9"."first",
        "t9"."entries",
        "t9"."variant",
        "t5"."counted_unit",
        "t5"."moment",
        "t5"."measure"
      FROM (
        SELECT
          "t7"."unit",
          "t7"."first",
          "t7"."entries",
          CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t6"."unit",
            MIN("t6"."variant") AS "lowest",
            MAX("t6"."variant") AS "highest",
            MIN("t6"."moment") AS "first",
            COUNT(*) AS "entries"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t1"."uuid",
                "t1"."person" AS "unit",
                "t1"."flag_response" AS "variant",
                EPOCH_US("t1"."timestamp") AS "moment"
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
                  AND "t0"."name" = '$feature_flag_called'
                  AND "t0"."flag_key" = 'checkout'
              ) AS "t1"
            ) AS "t3"
            WHERE
              "t3"."variant" IN ('control', 'test') AND "t3"."unit" IS NOT NULL
          ) AS "t6"
          GROUP BY
            1
        ) AS "t7"
        WHERE
          CASE WHEN "t7"."lowest" = "t7"."highest" THEN "t7"."lowest" ELSE '$multiple' END <> '$multiple'
      ) AS "t9"
      INNER JOIN (
        SELECT
          "t2"."person" AS "counted_unit",
          EPOCH_US("t2"."timestamp") AS "moment",
          COALESCE("t2"."number_3", 0.0) AS "measure"
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
            AND "t0"."timestamp" < CAST('2025-03-18 10:30:00.000250' AS TIMESTAMP(6))
            AND "t0"."name" = 'purchase'
        ) AS "t2"
      ) AS "t5"
        ON "t9"."unit" = "t5"."counted_unit"
        AND "t5"."moment" >= "t9"."first"
        AND "t5"."moment" < (
          "t9"."first" + 259200000000
        )
    ) AS "t10"
    GROUP BY
      1
  ) AS "t12"
    ON "t9"."unit" = "t12"."counted_unit"
) AS "t13"
GROUP BY
  1
