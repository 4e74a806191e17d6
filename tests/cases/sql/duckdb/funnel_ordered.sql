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
), "t5" AS (
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
), "t6" AS (
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
      AND "t0"."name" = 'viewed'
  ) AS "t3"
), "t22" AS (
  SELECT
    "t14"."unit",
    MIN("t14"."variant") AS "lowest",
    MAX("t14"."variant") AS "highest",
    MIN("t14"."moment") AS "first",
    COUNT(*) AS "entries"
  FROM (
    SELECT
      *
    FROM "t4" AS "t7"
    WHERE
      "t7"."variant" IN ('control', 'test') AND "t7"."unit" IS NOT NULL
  ) AS "t14"
  GROUP BY
    1
), "t40" AS (
  SELECT
    "t39"."unit",
    "t39"."entry",
    MIN("t39"."variant") AS "variant",
    MIN("t39"."moment") AS "reached"
  FROM (
    SELECT
      "t37"."unit",
      "t37"."variant",
      "t37"."entry",
      "t37"."reached",
      "t18"."event_unit",
      "t18"."moment"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t23"."unit",
          CASE WHEN "t23"."lowest" = "t23"."highest" THEN "t23"."lowest" ELSE '$multiple' END AS "variant",
          "t23"."first" AS "entry",
          "t23"."first" AS "reached"
        FROM "t22" AS "t23"
        WHERE
          CASE WHEN "t23"."lowest" = "t23"."highest" THEN "t23"."lowest" ELSE '$multiple' END <> '$multiple'
          AND "t23"."entries" <= 8
          AND "t23"."entries" = 1
      ) AS "t28"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t31"."unit",
          "t31"."variant",
          "t20"."moment" AS "entry",
          "t20"."moment" AS "reached"
        FROM (
          SELECT
            "t23"."unit",
            "t23"."first",
            "t23"."entries",
            CASE WHEN "t23"."lowest" = "t23"."highest" THEN "t23"."lowest" ELSE '$multiple' END AS "variant"
          FROM "t22" AS "t23"
          WHERE
            CASE WHEN "t23"."lowest" = "t23"."highest" THEN "t23"."lowest" ELSE '$multiple' END <> '$multiple'
            AND "t23"."entries" <= 8
            AND NOT (
              "t23"."entries" = 1
            )
        ) AS "t31"
        INNER JOIN (
          SELECT
            "t7"."unit" AS "event_unit",
            "t7"."moment"
          FROM "t4" AS "t7"
          WHERE
            "t7"."variant" IN ('control', 'test') AND "t7"."unit" IS NOT NULL
        ) AS "t20"
          ON "t31"."unit" = "t20"."event_unit" AND "t20"."moment" >= "t31"."first"
      ) AS "t35"
    ) AS "t37"
    INNER JOIN (
      SELECT
        "t9"."unit" AS "event_unit",
        "t9"."moment"
      FROM "t6" AS "t9"
    ) AS "t18"
      ON "t37"."unit" = "t18"."event_unit"
      AND "t18"."moment" >= "t37"."reached"
      AND "t18"."moment" <= (
        "t37"."entry" + 86400000000
      )
  ) AS "t39"
  GROUP BY
    1,
    2
), "t45" AS (
  SELECT
    "t44"."variant",
    COUNT(*) AS "units"
  FROM (
    SELECT
      "t41"."unit",
      MIN("t41"."variant") AS "variant"
    FROM "t40" AS "t41"
    GROUP BY
      1
  ) AS "t44"
  GROUP BY
    1
), "t55" AS (
  SELECT
    "t53"."variant",
    COUNT(*) AS "units"
  FROM (
    SELECT
      "t50"."unit",
      MIN("t50"."variant") AS "variant"
    FROM (
      SELECT
        "t46"."unit",
        "t46"."entry",
        MIN("t46"."variant") AS "variant",
        MIN("t46"."moment") AS "reached"
      FROM (
        SELECT
          "t42"."unit",
          "t42"."entry",
          "t42"."variant",
          "t42"."reached",
          "t17"."event_unit",
          "t17"."moment"
        FROM "t40" AS "t42"
        INNER JOIN (
          SELECT
            "t8"."unit" AS "event_unit",
            "t8"."moment"
          FROM "t5" AS "t8"
        ) AS "t17"
          ON "t42"."unit" = "t17"."event_unit"
          AND "t17"."moment" >= "t42"."reached"
          AND "t17"."moment" <= (
            "t42"."entry" + 86400000000
          )
      ) AS "t46"
      GROUP BY
        1,
        2
    ) AS "t50"
    GROUP BY
      1
  ) AS "t53"
  GROUP BY
    1
)
SELECT
  "t65"."variant",
  "t65"."step",
  SUM("t65"."units") AS "units"
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t56"."variant",
        -(
          "t56"."units"
        ) AS "units",
        2 - 1 AS "step"
      FROM "t55" AS "t56"
    ) AS "t59"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t61"."variant",
        "t61"."units",
        "t61"."step"
      FROM (
        SELECT
          "t57"."variant",
          "t57"."step",
          COUNT(*) AS "units"
        FROM (
          SELECT
            "t54"."unit",
            MIN("t54"."variant") AS "variant",
            MAX("t54"."step") AS "step"
          FROM (
            SELECT
              "t48"."unit",
              "t48"."variant",
              "t48"."moment",
              "t48"."steps",
              CASE
                WHEN (
                  (
                    "t48"."steps" & 4
                  ) <> 0
                )
                AND (
                  (
                    "t48"."moment" - "t48"."entry"
                  ) <= 86400000000
                )
                THEN "t48"."entry"
                ELSE NULL
              END AS "entry",
              CASE
                WHEN (
                  (
                    "t48"."steps" & 4
                  ) <> 0
                )
                AND (
                  (
                    "t48"."moment" - "t48"."entry"
                  ) <= 86400000000
                )
                THEN 2
                ELSE "t48"."step"
              END AS "step"
            FROM (
              SELECT
                "t43"."unit",
                "t43"."variant",
                "t43"."moment",
                "t43"."steps",
                MAX("t43"."entry") OVER (
                  PARTITION BY "t43"."unit"
                  ORDER BY "t43"."moment" ASC, "t43"."steps" & -(
                    "t43"."steps"
                  ) ASC, "t43"."steps" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
                ) AS "entry",
                "t43"."step"
              FROM (
                SELECT
                  "t38"."unit",
                  "t38"."variant",
                  "t38"."moment",
                  "t38"."steps",
                  CASE
                    WHEN (
                      (
                        "t38"."steps" & 2
                      ) <> 0
                    )
                    AND (
                      (
                        "t38"."moment" - "t38"."entry"
                      ) <= 86400000000
                    )
                    THEN "t38"."entry"
                    ELSE NULL
                  END AS "entry",
                  CASE
                    WHEN (
                      (
                        "t38"."steps" & 2
                      ) <> 0
                    )
                    AND (
                      (
                        "t38"."moment" - "t38"."entry"
                      ) <= 86400000000
                    )
                    THEN 1
                    ELSE "t38"."step"
                  END AS "step"
                FROM (
                  SELECT
                    "t34"."unit",
                    "t34"."variant",
                    "t34"."moment",
                    "t34"."steps",
                    MAX(CASE WHEN (
                      "t34"."steps" & 1
                    ) <> 0 THEN "t34"."moment" ELSE NULL END) OVER (
                      PARTITION BY "t34"."unit"
                      ORDER BY "t34"."moment" ASC, "t34"."steps" & -(
                        "t34"."steps"
                      ) ASC, "t34"."steps" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
                    ) AS "entry",
                    0 AS "step"
                  FROM (
                    SELECT
                      "t30"."unit",
                      "t30"."variant",
                      "t25"."moment",
                      "t25"."steps"
                    FROM (
                      SELECT
                        "t23"."unit",
                        "t23"."first",
                        "t23"."entries",
                        CASE WHEN "t23"."lowest" = "t23"."highest" THEN "t23"."lowest" ELSE '$multiple' END AS "variant"
                      FROM "t22" AS "t23"
                      WHERE
                        CASE WHEN "t23"."lowest" = "t23"."highest" THEN "t23"."lowest" ELSE '$multiple' END <> '$multiple'
                        AND NOT (
                          "t23"."entries" <= 8
                        )
                    ) AS "t30"
                    INNER JOIN (
                      SELECT
                        "t21"."moment",
                        "t21"."event_unit",
                        "t21"."steps"
                      FROM (
                        SELECT
                          *
                        FROM (
                          SELECT
                            "t8"."uuid",
                            "t8"."moment",
                            "t8"."unit" AS "event_unit",
                            4 AS "steps"
                          FROM "t5" AS "t8"
                        ) AS "t11"
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
                          ) AS "t15"
                          UNION ALL
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t9"."uuid",
                              "t9"."moment",
                              "t9"."unit" AS "event_unit",
                              2 AS "steps"
                            FROM "t6" AS "t9"
                          ) AS "t13"
                        ) AS "t19"
                      ) AS "t21"
                    ) AS "t25"
                      ON "t30"."unit" = "t25"."event_unit" AND "t25"."moment" >= "t30"."first"
                  ) AS "t34"
                ) AS "t38"
              ) AS "t43"
            ) AS "t48"
          ) AS "t54"
          GROUP BY
            1
        ) AS "t57"
        GROUP BY
          1,
          2
      ) AS "t61"
    ) AS "t63"
  ) AS "t64"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t32"."variant",
          "t32"."units",
          0 AS "step"
        FROM (
          SELECT
            "t26"."variant",
            COUNT(*) AS "units"
          FROM (
            SELECT
              "t23"."unit",
              "t23"."first",
              "t23"."entries",
              CASE WHEN "t23"."lowest" = "t23"."highest" THEN "t23"."lowest" ELSE '$multiple' END AS "variant"
            FROM "t22" AS "t23"
            WHERE
              CASE WHEN "t23"."lowest" = "t23"."highest" THEN "t23"."lowest" ELSE '$multiple' END <> '$multiple'
              AND "t23"."entries" <= 8
          ) AS "t26"
          GROUP BY
            1
        ) AS "t32"
      ) AS "t33"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t47"."variant",
          "t47"."units",
          1 AS "step"
        FROM "t45" AS "t47"
      ) AS "t49"
    ) AS "t51"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t47"."variant",
          -(
            "t47"."units"
          ) AS "units",
          1 - 1 AS "step"
        FROM "t45" AS "t47"
      ) AS "t52"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t56"."variant",
          "t56"."units",
          2 AS "step"
        FROM "t55" AS "t56"
      ) AS "t58"
    ) AS "t60"
  ) AS "t62"
) AS "t65"
GROUP BY
  1,
  2
