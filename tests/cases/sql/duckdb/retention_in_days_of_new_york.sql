WITH "exposed" AS (
  SELECT
    "t9"."unit",
    "t9"."first",
    "t9"."entries",
    CASE WHEN "t9"."lowest" = "t9"."highest" THEN "t9"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t8"."unit",
      MIN("t8"."variant") AS "lowest",
      MAX("t8"."variant") AS "highest",
      MIN("t8"."moment") AS "first",
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
    ) AS "t8"
    GROUP BY
      1
  ) AS "t9"
  WHERE
    CASE WHEN "t9"."lowest" = "t9"."highest" THEN "t9"."lowest" ELSE '$multiple' END <> '$multiple'
), "started" AS (
  SELECT
    "t16"."unit",
    "t16"."variant",
    "t16"."start",
    (
      (
        "t16"."start" + CASE WHEN "t16"."start" < 1741503600000000 THEN -18000000000 ELSE -14400000000 END
      ) - (
        (
          (
            (
              "t16"."start" + CASE WHEN "t16"."start" < 1741503600000000 THEN -18000000000 ELSE -14400000000 END
            ) % 86400000000
          ) + 86400000000
        ) % 86400000000
      )
    ) + 86400000000 AS "earliest",
    (
      (
        "t16"."start" + CASE WHEN "t16"."start" < 1741503600000000 THEN -18000000000 ELSE -14400000000 END
      ) - (
        (
          (
            (
              "t16"."start" + CASE WHEN "t16"."start" < 1741503600000000 THEN -18000000000 ELSE -14400000000 END
            ) % 86400000000
          ) + 86400000000
        ) % 86400000000
      )
    ) + 604800000000 AS "latest"
  FROM (
    SELECT
      "t15"."unit",
      MIN("t15"."variant") AS "variant",
      MIN("t15"."moment") AS "start"
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
            AND "t0"."timestamp" < CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
            AND "t0"."name" = 'signup'
        ) AS "t2"
      ) AS "t7"
        ON "t14"."unit" = "t7"."event_unit" AND "t7"."moment" >= "t14"."first"
    ) AS "t15"
    GROUP BY
      1
  ) AS "t16"
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
            "t19"."earliest",
            "t19"."latest",
            "t11"."uuid",
            "t11"."event_unit",
            "t11"."moment",
            "t11"."counts_as"
          FROM "started" AS "t19"
          INNER JOIN (
            SELECT
              "t4"."uuid",
              "t4"."event_unit",
              "t4"."moment",
              (
                "t4"."moment" + CASE WHEN "t4"."moment" < 1741503600000000 THEN -18000000000 ELSE -14400000000 END
              ) - (
                (
                  (
                    (
                      "t4"."moment" + CASE WHEN "t4"."moment" < 1741503600000000 THEN -18000000000 ELSE -14400000000 END
                    ) % 86400000000
                  ) + 86400000000
                ) % 86400000000
              ) AS "counts_as"
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
                  AND "t0"."timestamp" < CAST('2025-03-22 10:30:00.000250' AS TIMESTAMP(6))
                  AND "t0"."name" = 'back'
              ) AS "t1"
            ) AS "t4"
          ) AS "t11"
            ON "t19"."unit" = "t11"."event_unit"
            AND "t11"."moment" >= "t19"."start"
            AND "t11"."counts_as" >= "t19"."earliest"
            AND "t11"."counts_as" <= "t19"."latest"
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
