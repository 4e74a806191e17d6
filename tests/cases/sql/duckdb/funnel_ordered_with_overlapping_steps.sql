WITH "t6" AS (
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
), "exposed" AS (
  SELECT
    "t14"."unit",
    "t14"."first",
    "t14"."entries",
    CASE WHEN "t14"."lowest" = "t14"."highest" THEN "t14"."lowest" ELSE '$multiple' END AS "variant"
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
      FROM "t6" AS "t7"
      WHERE
        "t7"."variant" IN ('control', 'test') AND "t7"."unit" IS NOT NULL
    ) AS "t10"
    GROUP BY
      1
  ) AS "t14"
  WHERE
    CASE WHEN "t14"."lowest" = "t14"."highest" THEN "t14"."lowest" ELSE '$multiple' END <> '$multiple'
)
SELECT
  "t26"."variant",
  "t26"."step",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t25"."unit",
    MIN("t25"."variant") AS "variant",
    MAX("t25"."step") AS "step"
  FROM (
    SELECT
      "t24"."unit",
      "t24"."variant",
      "t24"."moment",
      "t24"."steps",
      CASE
        WHEN (
          (
            "t24"."steps" & 4
          ) <> 0
        )
        AND (
          (
            "t24"."moment" - "t24"."entry"
          ) <= 86400000000
        )
        THEN "t24"."entry"
        ELSE NULL
      END AS "entry",
      CASE
        WHEN (
          (
            "t24"."steps" & 4
          ) <> 0
        )
        AND (
          (
            "t24"."moment" - "t24"."entry"
          ) <= 86400000000
        )
        THEN 2
        ELSE "t24"."step"
      END AS "step"
    FROM (
      SELECT
        "t23"."unit",
        "t23"."variant",
        "t23"."moment",
        "t23"."steps",
        MAX("t23"."entry") OVER (
          PARTITION BY "t23"."unit"
          ORDER BY "t23"."moment" ASC, "t23"."steps" & -(
            "t23"."steps"
          ) ASC, "t23"."steps" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
        ) AS "entry",
        "t23"."step"
      FROM (
        SELECT
          "t22"."unit",
          "t22"."variant",
          "t22"."moment",
          "t22"."steps",
          CASE
            WHEN (
              (
                "t22"."steps" & 2
              ) <> 0
            )
            AND (
              (
                "t22"."moment" - "t22"."entry"
              ) <= 86400000000
            )
            THEN "t22"."entry"
            ELSE NULL
          END AS "entry",
          CASE
            WHEN (
              (
                "t22"."steps" & 2
              ) <> 0
            )
            AND (
              (
                "t22"."moment" - "t22"."entry"
              ) <= 86400000000
            )
            THEN 1
            ELSE "t22"."step"
          END AS "step"
        FROM (
          SELECT
            "t21"."unit",
            "t21"."variant",
            "t21"."moment",
            "t21"."steps",
            MAX(CASE WHEN (
              "t21"."steps" & 1
            ) <> 0 THEN "t21"."moment" ELSE NULL END) OVER (
              PARTITION BY "t21"."unit"
              ORDER BY "t21"."moment" ASC, "t21"."steps" & -(
                "t21"."steps"
              ) ASC, "t21"."steps" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
            ) AS "entry",
            0 AS "step"
          FROM (
            SELECT
              "t20"."unit",
              "t20"."variant",
              "t18"."moment",
              "t18"."steps"
            FROM "exposed" AS "t20"
            INNER JOIN (
              SELECT
                "t15"."moment",
                "t15"."event_unit",
                "t15"."steps"
              FROM (
                SELECT
                  "t13"."uuid",
                  "t13"."moment",
                  "t13"."event_unit",
                  SUM("t13"."steps") AS "steps"
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t4"."uuid",
                      "t4"."moment",
                      "t4"."unit" AS "event_unit",
                      4 AS "steps"
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
                          AND "t0"."timestamp" <= CAST('2025-03-16 10:30:00.000250' AS TIMESTAMP(6))
                          AND "t0"."name" = 'paid'
                      ) AS "t1"
                    ) AS "t4"
                  ) AS "t8"
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      *
                    FROM (
                      SELECT
                        "t7"."uuid",
                        "t7"."moment",
                        "t7"."unit" AS "event_unit",
                        1 AS "steps"
                      FROM "t6" AS "t7"
                      WHERE
                        "t7"."variant" IN ('control', 'test') AND "t7"."unit" IS NOT NULL
                    ) AS "t11"
                    UNION ALL
                    SELECT
                      *
                    FROM (
                      SELECT
                        "t5"."uuid",
                        "t5"."moment",
                        "t5"."unit" AS "event_unit",
                        2 AS "steps"
                      FROM (
                        SELECT
                          "t2"."uuid",
                          "t2"."person_id" AS "unit",
                          EPOCH_US("t2"."timestamp") AS "moment"
                        FROM (
                          SELECT
                            *
                          FROM "events" AS "t0"
                          WHERE
                            "t0"."project_id" = 7
                            AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                            AND "t0"."timestamp" <= CAST('2025-03-16 10:30:00.000250' AS TIMESTAMP(6))
                        ) AS "t2"
                      ) AS "t5"
                    ) AS "t9"
                  ) AS "t12"
                ) AS "t13"
                GROUP BY
                  1,
                  2,
                  3
              ) AS "t15"
            ) AS "t18"
              ON "t20"."unit" = "t18"."event_unit" AND "t18"."moment" >= "t20"."first"
          ) AS "t21"
        ) AS "t22"
      ) AS "t23"
    ) AS "t24"
  ) AS "t25"
  GROUP BY
    1
) AS "t26"
GROUP BY
  1,
  2
