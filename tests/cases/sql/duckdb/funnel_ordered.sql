WITH "t4" AS (
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
), "t5" AS (
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
      AND "t0"."name" = 'paid'
  ) AS "t2"
), "t6" AS (
  SELECT
    "t3"."uuid",
    "t3"."person_id" AS "unit",
    EPOCH_US("t3"."timestamp") AS "moment"
  FROM (
    SELECT
      *
    FROM "events" AS "t0"
    WHERE
      "t0"."project_id" = 7
      AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
      AND "t0"."timestamp" <= CAST('2025-03-16 10:30:00.000250' AS TIMESTAMP(6))
      AND "t0"."name" = 'viewed'
  ) AS "t3"
), "exposed" AS (
  SELECT
    "t22"."unit",
    "t22"."first",
    "t22"."entries",
    CASE WHEN "t22"."lowest" = "t22"."highest" THEN "t22"."lowest" ELSE '$multiple' END AS "variant"
  FROM (
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
  ) AS "t22"
  WHERE
    CASE WHEN "t22"."lowest" = "t22"."highest" THEN "t22"."lowest" ELSE '$multiple' END <> '$multiple'
), "reached_1" AS (
  SELECT
    "t40"."unit",
    "t40"."entry",
    MIN("t40"."variant") AS "variant",
    MIN("t40"."moment") AS "reached"
  FROM (
    SELECT
      "t38"."unit",
      "t38"."variant",
      "t38"."entry",
      "t38"."reached",
      "t18"."event_unit",
      "t18"."moment"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t26"."unit",
          "t26"."variant",
          "t26"."first" AS "entry",
          "t26"."first" AS "reached"
        FROM "exposed" AS "t26"
        WHERE
          "t26"."entries" <= 8 AND "t26"."entries" = 1
      ) AS "t28"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t33"."unit",
          "t33"."variant",
          "t20"."moment" AS "entry",
          "t20"."moment" AS "reached"
        FROM (
          SELECT
            *
          FROM "exposed" AS "t26"
          WHERE
            "t26"."entries" <= 8 AND NOT (
              "t26"."entries" = 1
            )
        ) AS "t33"
        INNER JOIN (
          SELECT
            "t7"."unit" AS "event_unit",
            "t7"."moment"
          FROM "t4" AS "t7"
          WHERE
            "t7"."variant" IN ('control', 'test') AND "t7"."unit" IS NOT NULL
        ) AS "t20"
          ON "t33"."unit" = "t20"."event_unit" AND "t20"."moment" >= "t33"."first"
      ) AS "t36"
    ) AS "t38"
    INNER JOIN (
      SELECT
        "t9"."unit" AS "event_unit",
        "t9"."moment"
      FROM "t6" AS "t9"
    ) AS "t18"
      ON "t38"."unit" = "t18"."event_unit"
      AND "t18"."moment" >= "t38"."reached"
      AND "t18"."moment" <= (
        "t38"."entry" + 86400000000
      )
  ) AS "t40"
  GROUP BY
    1,
    2
), "t46" AS (
  SELECT
    "t45"."variant",
    COUNT(*) AS "units"
  FROM (
    SELECT
      "t42"."unit",
      MIN("t42"."variant") AS "variant"
    FROM "reached_1" AS "t42"
    GROUP BY
      1
  ) AS "t45"
  GROUP BY
    1
), "reached_2" AS (
  SELECT
    "t48"."unit",
    "t48"."entry",
    MIN("t48"."variant") AS "variant",
    MIN("t48"."moment") AS "reached"
  FROM (
    SELECT
      "t44"."unit",
      "t44"."entry",
      "t44"."variant",
      "t44"."reached",
      "t17"."event_unit",
      "t17"."moment"
    FROM "reached_1" AS "t44"
    INNER JOIN (
      SELECT
        "t8"."unit" AS "event_unit",
        "t8"."moment"
      FROM "t5" AS "t8"
    ) AS "t17"
      ON "t44"."unit" = "t17"."event_unit"
      AND "t17"."moment" >= "t44"."reached"
      AND "t17"."moment" <= (
        "t44"."entry" + 86400000000
      )
  ) AS "t48"
  GROUP BY
    1,
    2
), "t58" AS (
  SELECT
    "t56"."variant",
    COUNT(*) AS "units"
  FROM (
    SELECT
      "t54"."unit",
      MIN("t54"."variant") AS "variant"
    FROM "reached_2" AS "t54"
    GROUP BY
      1
  ) AS "t56"
  GROUP BY
    1
)
SELECT
  "t67"."variant",
  "t67"."step",
  SUM("t67"."units") AS "units"
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t59"."variant",
        -(
          "t59"."units"
        ) AS "units",
        2 - 1 AS "step"
      FROM "t58" AS "t59"
    ) AS "t63"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t60"."variant",
        "t60"."units",
        "t60"."step"
      FROM (
        SELECT
          "t57"."variant",
          "t57"."step",
          COUNT(*) AS "units"
        FROM (
          SELECT
            "t55"."unit",
            MIN("t55"."variant") AS "variant",
            MAX("t55"."step") AS "step"
          FROM (
            SELECT
              "t49"."unit",
              "t49"."variant",
              "t49"."moment",
              "t49"."steps",
              CASE
                WHEN (
                  (
                    "t49"."steps" & 4
                  ) <> 0
                )
                AND (
                  (
                    "t49"."moment" - "t49"."entry"
                  ) <= 86400000000
                )
                THEN "t49"."entry"
                ELSE NULL
              END AS "entry",
              CASE
                WHEN (
                  (
                    "t49"."steps" & 4
                  ) <> 0
                )
                AND (
                  (
                    "t49"."moment" - "t49"."entry"
                  ) <= 86400000000
                )
                THEN 2
                ELSE "t49"."step"
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
                  "t39"."unit",
                  "t39"."variant",
                  "t39"."moment",
                  "t39"."steps",
                  CASE
                    WHEN (
                      (
                        "t39"."steps" & 2
                      ) <> 0
                    )
                    AND (
                      (
                        "t39"."moment" - "t39"."entry"
                      ) <= 86400000000
                    )
                    THEN "t39"."entry"
                    ELSE NULL
                  END AS "entry",
                  CASE
                    WHEN (
                      (
                        "t39"."steps" & 2
                      ) <> 0
                    )
                    AND (
                      (
                        "t39"."moment" - "t39"."entry"
                      ) <= 86400000000
                    )
                    THEN 1
                    ELSE "t39"."step"
                  END AS "step"
                FROM (
                  SELECT
                    "t35"."unit",
                    "t35"."variant",
                    "t35"."moment",
                    "t35"."steps",
                    MAX(CASE WHEN (
                      "t35"."steps" & 1
                    ) <> 0 THEN "t35"."moment" ELSE NULL END) OVER (
                      PARTITION BY "t35"."unit"
                      ORDER BY "t35"."moment" ASC, "t35"."steps" & -(
                        "t35"."steps"
                      ) ASC, "t35"."steps" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
                    ) AS "entry",
                    0 AS "step"
                  FROM (
                    SELECT
                      "t32"."unit",
                      "t32"."variant",
                      "t24"."moment",
                      "t24"."steps"
                    FROM (
                      SELECT
                        *
                      FROM "exposed" AS "t26"
                      WHERE
                        NOT (
                          "t26"."entries" <= 8
                        )
                    ) AS "t32"
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
                    ) AS "t24"
                      ON "t32"."unit" = "t24"."event_unit" AND "t24"."moment" >= "t32"."first"
                  ) AS "t35"
                ) AS "t39"
              ) AS "t43"
            ) AS "t49"
          ) AS "t55"
          GROUP BY
            1
        ) AS "t57"
        GROUP BY
          1,
          2
      ) AS "t60"
    ) AS "t62"
  ) AS "t65"
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
          "t31"."variant",
          "t31"."units",
          0 AS "step"
        FROM (
          SELECT
            "t27"."variant",
            COUNT(*) AS "units"
          FROM (
            SELECT
              *
            FROM "exposed" AS "t26"
            WHERE
              "t26"."entries" <= 8
          ) AS "t27"
          GROUP BY
            1
        ) AS "t31"
      ) AS "t34"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t47"."variant",
          "t47"."units",
          1 AS "step"
        FROM "t46" AS "t47"
      ) AS "t50"
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
        FROM "t46" AS "t47"
      ) AS "t52"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t59"."variant",
          "t59"."units",
          2 AS "step"
        FROM "t58" AS "t59"
      ) AS "t61"
    ) AS "t64"
  ) AS "t66"
) AS "t67"
GROUP BY
  1,
  2
