WITH "exposed" AS (
  SELECT
    "t9"."unit" AS "unit",
    "t9"."first" AS "first",
    "t9"."entries" AS "entries",
    CASE WHEN "t9"."lowest" = "t9"."highest" THEN "t9"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
    SELECT
      "t8"."unit" AS "unit",
      MIN("t8"."variant") AS "lowest",
      MAX("t8"."variant") AS "highest",
      MIN("t8"."moment") AS "first",
      COUNT(*) AS "entries"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t3"."uuid" AS "uuid",
          "t3"."person_id" AS "unit",
          "t3"."flag_response" AS "variant",
          toUnixTimestamp64Micro("t3"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."timestamp" <= toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."name" = '$feature_flag_called'
            AND "t0"."flag_key" = 'checkout'
        ) AS "t3"
      ) AS "t6"
      WHERE
        "t6"."variant" IN ('control', 'test') AND isNotNull("t6"."unit")
    ) AS "t8"
    GROUP BY
      "t8"."unit"
  ) AS "t9"
  WHERE
    CASE WHEN "t9"."lowest" = "t9"."highest" THEN "t9"."lowest" ELSE '$multiple' END <> '$multiple'
), "started" AS (
  SELECT
    "t16"."unit" AS "unit",
    "t16"."variant" AS "variant",
    "t16"."start" AS "start",
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
      "t15"."unit" AS "unit",
      MIN("t15"."variant") AS "variant",
      MIN("t15"."moment") AS "start"
    FROM (
      SELECT
        "t14"."unit" AS "unit",
        "t14"."first" AS "first",
        "t14"."entries" AS "entries",
        "t14"."variant" AS "variant",
        "t7"."uuid" AS "uuid",
        "t7"."event_unit" AS "event_unit",
        "t7"."moment" AS "moment"
      FROM "exposed" AS "t14"
      INNER JOIN (
        SELECT
          "t2"."uuid" AS "uuid",
          "t2"."person_id" AS "event_unit",
          toUnixTimestamp64Micro("t2"."timestamp") AS "moment"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."project_id" = 7
            AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."timestamp" < toTimeZone(CAST('2025-03-15 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
            AND "t0"."name" = 'signup'
        ) AS "t2"
      ) AS "t7"
        ON "t14"."unit" = "t7"."event_unit" AND "t7"."moment" >= "t14"."first"
    ) AS "t15"
    GROUP BY
      "t15"."unit"
  ) AS "t16"
)
SELECT
  "t26"."variant" AS "variant",
  SUM("t26"."units") AS "units",
  SUM("t26"."retained") AS "retained"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t20"."variant" AS "variant",
      "t20"."rows" * 1 AS "units",
      "t20"."rows" * 0 AS "retained"
    FROM (
      SELECT
        "t18"."variant" AS "variant",
        COUNT(*) AS "rows"
      FROM "started" AS "t18"
      GROUP BY
        "t18"."variant"
    ) AS "t20"
  ) AS "t21"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t24"."variant" AS "variant",
      "t24"."rows" * 0 AS "units",
      "t24"."rows" * 1 AS "retained"
    FROM (
      SELECT
        "t23"."variant" AS "variant",
        COUNT(*) AS "rows"
      FROM (
        SELECT
          "t22"."unit" AS "unit",
          MIN("t22"."variant") AS "variant"
        FROM (
          SELECT
            "t19"."unit" AS "unit",
            "t19"."variant" AS "variant",
            "t19"."start" AS "start",
            "t19"."earliest" AS "earliest",
            "t19"."latest" AS "latest",
            "t11"."uuid" AS "uuid",
            "t11"."event_unit" AS "event_unit",
            "t11"."moment" AS "moment",
            "t11"."counts_as" AS "counts_as"
          FROM "started" AS "t19"
          INNER JOIN (
            SELECT
              "t4"."uuid" AS "uuid",
              "t4"."event_unit" AS "event_unit",
              "t4"."moment" AS "moment",
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
                "t1"."uuid" AS "uuid",
                "t1"."person_id" AS "event_unit",
                toUnixTimestamp64Micro("t1"."timestamp") AS "moment"
              FROM (
                SELECT
                  *
                FROM "events" AS "t0"
                WHERE
                  "t0"."project_id" = 7
                  AND "t0"."timestamp" >= toTimeZone(CAST('2025-03-01 00:00:00' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
                  AND "t0"."timestamp" < toTimeZone(CAST('2025-03-22 10:30:00.000250' AS Nullable(DateTime64(6, 'UTC'))), 'UTC')
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
          "t22"."unit"
      ) AS "t23"
      GROUP BY
        "t23"."variant"
    ) AS "t24"
  ) AS "t25"
) AS "t26"
GROUP BY
  "t26"."variant"
