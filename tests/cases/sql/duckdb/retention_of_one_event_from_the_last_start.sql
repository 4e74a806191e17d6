WITH "exposed" AS (
  SELECT
    "t11"."unit",
    "t11"."first",
    "t11"."entries",
    CASE WHEN "t11"."lowest" = "t11"."highest" THEN "t11"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t10"."unit",
      MIN("t10"."variant") AS "lowest",
      MAX("t10"."variant") AS "highest",
      MIN("t10"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t3"."uuid",
          "t3"."person_id" AS "unit",
          "t3"."flag_response" AS "variant",
          EPOCH_US("t3"."timestamp") AS "moment"
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
        ) AS "t3"
      ) AS "t6"
      WHERE
        "t6"."variant" IN ('control', 'test') AND "t6"."unit" IS NOT NULL
    ) AS "t10"
    GROUP BY
      1
  ) AS "t11"
  WHERE
    CASE WHEN "t11"."lowest" = "t11"."highest" THEN "t11"."lowest" ELSE '$multiple' END <> '$multiple'
), "started" AS (
  SELECT
    "t16"."unit",
    "t16"."variant",
    "t16"."start",
    "t16"."start_id",
    "t16"."start" + 86400000000 AS "earliest",
    "t16"."start" + 604800000000 AS "latest"
  FROM (
    SELECT
      "t15"."unit",
      MIN("t15"."variant") AS "variant",
      MAX("t15"."moment") AS "start",
      FIRST(
        "t15"."uuid" ORDER BY {'moment': "t15"."moment", 'uuid': CAST("t15"."uuid" AS TEXT)} DESC
      ) AS "start_id"
    FROM (
      SELECT
        "t14"."unit",
        "t14"."first",
        "t14"."entries",
        "t14"."variant",
        "t7"."uuid",
        "t7"."event_unit",
        "t7"."moment"
      FROM "exposed" AS "t14"
      INNER JOIN (
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
            AND "t0"."timestamp" < CAST('2025-03-18 10:30:00.000250' AS TIMESTAMP(6))
            AND "t0"."name" = 'signup'
        ) AS "t2"
      ) AS "t7"
        ON "t14"."unit" = "t7"."event_unit"
        AND "t7"."moment" >= "t14"."first"
        AND "t7"."moment" <= (
          "t14"."first" + 259200000000
        )
    ) AS "t15"
    GROUP BY
      1
  ) AS "t16"
  WHERE
    "t16"."start" <= 1741737600000000
)
SELECT
  "t26"."variant",
  SUM("t26"."units") AS "units",
  SUM("t26"."retained") AS "retained"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t20"."variant",
      "t20"."rows" * 1 AS "units",
      "t20"."rows" * 0 AS "retained"
    FROM (
      SELECT
        "t18"."variant",
        COUNT(*) AS "rows"
      FROM "started" AS "t18"
      GROUP BY
        1
    ) AS "t20"
  ) AS "t21"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t24"."variant",
      "t24"."rows" * 0 AS "units",
      "t24"."rows" * 1 AS "retained"
    FROM (
      SELECT
        "t23"."variant",
        COUNT(*) AS "rows"
      FROM (
        SELECT
          "t22"."unit",
          MIN("t22"."variant") AS "variant"
        FROM (
          SELECT
            "t19"."unit",
            "t19"."variant",
            "t19"."start",
            "t19"."start_id",
            "t19"."earliest",
            "t19"."latest",
            "t9"."uuid",
            "t9"."event_unit",
            "t9"."moment",
            "t9"."counts_as"
          FROM "started" AS "t19"
          INNER JOIN (
            SELECT
              "t4"."uuid",
              "t4"."event_unit",
              "t4"."moment",
              "t4"."moment" AS "counts_as"
            FROM (
              SELECT
                "t1"."uuid",
                "t1"."person_id" AS "event_unit",
                EPOCH_US("t1"."timestamp") AS "moment"
              FROM (
                SELECT
                  *
                FROM "events" AS "t0"
                WHERE
                  "t0"."project_id" = 7
                  AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                  AND "t0"."timestamp" < CAST('2025-03-25 10:30:00.000250' AS TIMESTAMP(6))
                  AND "t0"."name" = 'signup'
              ) AS "t1"
            ) AS "t4"
          ) AS "t9"
            ON "t19"."unit" = "t9"."event_unit"
            AND "t9"."moment" >= "t19"."start"
            AND "t9"."counts_as" >= "t19"."earliest"
            AND "t9"."counts_as" <= "t19"."latest"
            AND "t9"."uuid" <> "t19"."start_id"
        ) AS "t22"
        GROUP BY
          1
      ) AS "t23"
      GROUP BY
        1
    ) AS "t24"
  ) AS "t25"
) AS "t26"
GROUP BY
  1
