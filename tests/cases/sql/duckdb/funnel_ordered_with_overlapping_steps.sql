WITH "t4" AS (
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
)
SELECT
  "t25"."variant",
  "t25"."step",
  COUNT(*) AS "units"
FROM (
  SELECT
    "t24"."unit",
    MIN("t24"."variant") AS "variant",
    MAX("t24"."step") AS "step"
  FROM (
    SELECT
      "t23"."unit",
      "t23"."variant",
      "t23"."moment",
      "t23"."steps",
      CASE
        WHEN (
          (
            "t23"."steps" & 4
          ) <> 0
        )
        AND (
          (
            "t23"."moment" - "t23"."entry"
          ) <= 86400000000
        )
        THEN "t23"."entry"
        ELSE NULL
      END AS "entry",
      CASE
        WHEN (
          (
            "t23"."steps" & 4
          ) <> 0
        )
        AND (
          (
            "t23"."moment" - "t23"."entry"
          ) <= 86400000000
        )
        THEN 2
        ELSE "t23"."step"
      END AS "step"
    FROM (
      SELECT
        "t22"."unit",
        "t22"."variant",
        "t22"."moment",
        "t22"."steps",
        MAX("t22"."entry") OVER (
          PARTITION BY "t22"."unit"
          ORDER BY "t22"."moment" ASC, "t22"."steps" & -(
            "t22"."steps"
          ) ASC, "t22"."steps" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
        ) AS "entry",
        "t22"."step"
      FROM (
        SELECT
          "t21"."unit",
          "t21"."variant",
          "t21"."moment",
          "t21"."steps",
          CASE
            WHEN (
              (
                "t21"."steps" & 2
              ) <> 0
            )
            AND (
              (
                "t21"."moment" - "t21"."entry"
              ) <= 86400000000
            )
            THEN "t21"."entry"
            ELSE NULL
          END AS "entry",
          CASE
            WHEN (
              (
                "t21"."steps" & 2
              ) <> 0
            )
            AND (
              (
                "t21"."moment" - "t21"."entry"
              ) <= 86400000000
            )
            THEN 1
            ELSE "t21"."step"
          END AS "step"
        FROM (
          SELECT
            "t20"."unit",
            "t20"."variant",
            "t20"."moment",
            "t20"."steps",
            MAX(CASE WHEN (
              "t20"."steps" & 1
            ) <> 0 THEN "t20"."moment" ELSE NULL END) OVER (
              PARTITION BY "t20"."unit"
              ORDER BY "t20"."moment" ASC, "t20"."steps" & -(
                "t20"."steps"
              ) ASC, "t20"."steps" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
            ) AS "entry",
            0 AS "step"
          FROM (
            SELECT
              "t19"."unit",
              "t19"."variant",
              "t18"."moment",
              "t18"."steps"
            FROM (
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
                  FROM "t4" AS "t7"
                  WHERE
                    "t7"."variant" IN ('control', 'test') AND "t7"."unit" IS NOT NULL
                ) AS "t10"
                GROUP BY
                  1
              ) AS "t14"
              WHERE
                CASE WHEN "t14"."lowest" = "t14"."highest" THEN "t14"."lowest" ELSE '$multiple' END <> '$multiple'
            ) AS "t19"
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
                      "t5"."uuid",
                      "t5"."moment",
                      "t5"."unit" AS "event_unit",
                      4 AS "steps"
                    FROM (
                      SELECT
                        "t2"."uuid",
                        "t2"."person" AS "unit",
                        EPOCH_US("t2"."timestamp") AS "moment"
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
                          AND "t0"."timestamp" <= CAST('2025-03-16 10:30:00.000250' AS TIMESTAMP(6))
                          AND "t0"."name" = 'paid'
                      ) AS "t2"
                    ) AS "t5"
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
                      FROM "t4" AS "t7"
                      WHERE
                        "t7"."variant" IN ('control', 'test') AND "t7"."unit" IS NOT NULL
                    ) AS "t11"
                    UNION ALL
                    SELECT
                      *
                    FROM (
                      SELECT
                        "t6"."uuid",
                        "t6"."moment",
                        "t6"."unit" AS "event_unit",
                        2 AS "steps"
                      FROM (
                        SELECT
                          "t3"."uuid",
                          "t3"."person" AS "unit",
                          EPOCH_US("t3"."timestamp") AS "moment"
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
                            AND "t0"."timestamp" <= CAST('2025-03-16 10:30:00.000250' AS TIMESTAMP(6))
                        ) AS "t3"
                      ) AS "t6"
                    ) AS "t9"
                  ) AS "t12"
                ) AS "t13"
                GROUP BY
                  1,
                  2,
                  3
              ) AS "t15"
            ) AS "t18"
              ON "t19"."unit" = "t18"."event_unit" AND "t18"."moment" >= "t19"."first"
          ) AS "t20"
        ) AS "t21"
      ) AS "t22"
    ) AS "t23"
  ) AS "t24"
  GROUP BY
    1
) AS "t25"
GROUP BY
  1,
  2
