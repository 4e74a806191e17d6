WITH "exposed" AS (
  SELECT
    "t6"."unit",
    "t6"."first",
    "t6"."entries",
    CASE WHEN "t6"."lowest" = "t6"."highest" THEN "t6"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t5"."unit",
      MIN("t5"."variant") AS "lowest",
      MAX("t5"."variant") AS "highest",
      MIN("t5"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t1"."uuid",
          "t1"."person_id" AS "unit",
          "t1"."flag_response" AS "variant",
          EPOCH_US("t1"."timestamp") AS "moment"
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
        ) AS "t1"
      ) AS "t3"
      WHERE
        "t3"."variant" IN ('control', 'test') AND "t3"."unit" IS NOT NULL
    ) AS "t5"
    GROUP BY
      1
  ) AS "t6"
  WHERE
    CASE WHEN "t6"."lowest" = "t6"."highest" THEN "t6"."lowest" ELSE '$multiple' END <> '$multiple'
), "started" AS (
  SELECT
    "t10"."unit",
    "t10"."variant",
    "t10"."first" AS "start",
    (
      "t10"."first" - (
        (
          (
            (
              "t10"."first" + 0
            ) % 3600000000
          ) + 3600000000
        ) % 3600000000
      )
    ) + 86400000000 AS "earliest",
    (
      "t10"."first" - (
        (
          (
            (
              "t10"."first" + 0
            ) % 3600000000
          ) + 3600000000
        ) % 3600000000
      )
    ) + 604800000000 AS "latest"
  FROM "exposed" AS "t10"
)
SELECT
  "t20"."variant",
  SUM("t20"."units") AS "units",
  SUM("t20"."retained") AS "retained"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t11"."variant",
      "t11"."rows" * 1 AS "units",
      "t11"."rows" * 0 AS "retained"
    FROM (
      SELECT
        "t10"."variant",
        COUNT(*) AS "rows"
      FROM "exposed" AS "t10"
      GROUP BY
        1
    ) AS "t11"
  ) AS "t12"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t18"."variant",
      "t18"."rows" * 0 AS "units",
      "t18"."rows" * 1 AS "retained"
    FROM (
      SELECT
        "t17"."variant",
        COUNT(*) AS "rows"
      FROM (
        SELECT
          "t16"."unit",
          MIN("t16"."variant") AS "variant"
        FROM (
          SELECT
            "t15"."unit",
            "t15"."variant",
            "t15"."start",
            "t15"."earliest",
            "t15"."latest",
            "t8"."uuid",
            "t8"."event_unit",
            "t8"."moment",
            "t8"."counts_as"
          FROM "started" AS "t15"
          INNER JOIN (
            SELECT
              "t4"."uuid",
              "t4"."event_unit",
              "t4"."moment",
              "t4"."moment" - (
                (
                  (
                    (
                      "t4"."moment" + 0
                    ) % 3600000000
                  ) + 3600000000
                ) % 3600000000
              ) AS "counts_as"
            FROM (
              SELECT
                "t2"."uuid",
                "t2"."person_id" AS "event_unit",
                EPOCH_US("t2"."timestamp") AS "moment"
              FROM (
                SELECT
                  *
                FROM "events" AS "t0"
                WHERE
                  "t0"."project_id" = 7
                  AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                  AND "t0"."timestamp" < CAST('2025-03-22 10:30:00.000250' AS TIMESTAMP(6))
                  AND "t0"."name" = 'back'
              ) AS "t2"
            ) AS "t4"
          ) AS "t8"
            ON "t15"."unit" = "t8"."event_unit"
            AND "t8"."moment" >= "t15"."start"
            AND "t8"."counts_as" >= "t15"."earliest"
            AND "t8"."counts_as" <= "t15"."latest"
        ) AS "t16"
        GROUP BY
          1
      ) AS "t17"
      GROUP BY
        1
    ) AS "t18"
  ) AS "t19"
) AS "t20"
GROUP BY
  1
