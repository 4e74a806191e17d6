WITH "t6" AS (
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
), "t7" AS (
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
      AND "t0"."name" = 'viewed'
  ) AS "t2"
), "t8" AS (
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
    "t38"."unit",
    "t38"."first",
    "t38"."entries",
    "t38"."variant",
    CASE
      WHEN "t38"."rank" < 25
      THEN "t38"."part_0"
      ELSE '$$_posthog_breakdown_other_$$'
    END AS "part_0"
  FROM (
    SELECT
      "t37"."unit",
      "t37"."first",
      "t37"."entries",
      "t37"."variant",
      "t37"."part_0",
      "t37"."size",
      DENSE_RANK() OVER (
        ORDER BY "t37"."size" DESC, "t37"."part_0" ASC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t36"."unit",
        "t36"."first",
        "t36"."entries",
        "t36"."variant",
        "t36"."part_0",
        SUM(CASE WHEN "t36"."variant" <> '$multiple' THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t36"."part_0"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "size"
      FROM (
        SELECT
          "t32"."unit",
          "t32"."first",
          "t32"."entries",
          "t32"."variant",
          COALESCE("t35"."part_0", '$$_posthog_breakdown_null_$$') AS "part_0"
        FROM (
          SELECT
            "t26"."unit",
            "t26"."first",
            "t26"."entries",
            CASE WHEN "t26"."lowest" = "t26"."highest" THEN "t26"."lowest" ELSE '$multiple' END AS "variant"
          FROM (
            SELECT
              "t19"."unit",
              MIN("t19"."variant") AS "lowest",
              MAX("t19"."variant") AS "highest",
              MIN("t19"."moment") AS "first",
              COUNT(*) AS "entries"
            FROM (
              SELECT
                *
              FROM "t8" AS "t11"
              WHERE
                "t11"."variant" IN ('control', 'test') AND "t11"."unit" IS NOT NULL
            ) AS "t19"
            GROUP BY
              1
          ) AS "t26"
        ) AS "t32"
        LEFT OUTER JOIN (
          SELECT
            "t33"."touched_unit",
            FIRST(
              "t33"."part_0" ORDER BY {'moment': "t33"."touched", 'uuid': CAST("t33"."uuid" AS TEXT)} DESC
            ) AS "part_0"
          FROM (
            SELECT
              "t32"."unit",
              "t32"."first",
              "t32"."entries",
              "t32"."variant",
              "t29"."uuid",
              "t29"."touched_unit",
              "t29"."touched",
              "t29"."part_0"
            FROM (
              SELECT
                "t26"."unit",
                "t26"."first",
                "t26"."entries",
                CASE WHEN "t26"."lowest" = "t26"."highest" THEN "t26"."lowest" ELSE '$multiple' END AS "variant"
              FROM (
                SELECT
                  "t19"."unit",
                  MIN("t19"."variant") AS "lowest",
                  MAX("t19"."variant") AS "highest",
                  MIN("t19"."moment") AS "first",
                  COUNT(*) AS "entries"
                FROM (
                  SELECT
                    *
                  FROM "t8" AS "t11"
                  WHERE
                    "t11"."variant" IN ('control', 'test') AND "t11"."unit" IS NOT NULL
                ) AS "t19"
                GROUP BY
                  1
              ) AS "t26"
            ) AS "t32"
            INNER JOIN (
              SELECT
                *
              FROM (
                SELECT
                  "t4"."uuid",
                  "t4"."person_id" AS "touched_unit",
                  EPOCH_US("t4"."timestamp") AS "touched",
                  COALESCE(
                    NULLIF(
                      COALESCE(
                        CASE
                          WHEN JSON_TYPE("t4"."properties", '/$os') = 'VARCHAR'
                          THEN "t4"."properties" ->> '/$os'
                          ELSE NULL
                        END,
                        NULLIF(
                          COALESCE(
                            "t4"."properties" ->> '/$os',
                            CASE WHEN JSON_EXISTS("t4"."properties", '/$os') THEN 'null' ELSE NULL END
                          ),
                          'null'
                        )
                      ),
                      ''
                    ),
                    '$$_posthog_breakdown_null_$$'
                  ) AS "part_0"
                FROM (
                  SELECT
                    *
                  FROM "events" AS "t0"
                  WHERE
                    "t0"."project_id" = 7
                    AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                    AND "t0"."timestamp" < CAST('2025-03-18 10:30:00.000250' AS TIMESTAMP(6))
                    AND "t0"."name" = 'viewed'
                ) AS "t4"
              ) AS "t24"
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  "t5"."uuid",
                  "t5"."person_id" AS "touched_unit",
                  EPOCH_US("t5"."timestamp") AS "touched",
                  COALESCE(
                    NULLIF(
                      COALESCE(
                        CASE
                          WHEN JSON_TYPE("t5"."properties", '/$os') = 'VARCHAR'
                          THEN "t5"."properties" ->> '/$os'
                          ELSE NULL
                        END,
                        NULLIF(
                          COALESCE(
                            "t5"."properties" ->> '/$os',
                            CASE WHEN JSON_EXISTS("t5"."properties", '/$os') THEN 'null' ELSE NULL END
                          ),
                          'null'
                        )
                      ),
                      ''
                    ),
                    '$$_posthog_breakdown_null_$$'
                  ) AS "part_0"
                FROM (
                  SELECT
                    *
                  FROM "events" AS "t0"
                  WHERE
                    "t0"."project_id" = 7
                    AND "t0"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                    AND "t0"."timestamp" < CAST('2025-03-18 10:30:00.000250' AS TIMESTAMP(6))
                    AND "t0"."name" = 'paid'
                ) AS "t5"
              ) AS "t25"
            ) AS "t29"
              ON "t32"."unit" = "t29"."touched_unit"
              AND "t29"."touched" >= "t32"."first"
              AND "t29"."touched" < (
                "t32"."first" + 259200000000
              )
          ) AS "t33"
          GROUP BY
            1
        ) AS "t35"
          ON "t32"."unit" = "t35"."touched_unit"
      ) AS "t36"
    ) AS "t37"
  ) AS "t38"
  WHERE
    "t38"."variant" <> '$multiple'
), "reached_1" AS (
  SELECT
    "t54"."unit",
    "t54"."entry",
    MIN("t54"."variant") AS "variant",
    MIN("t54"."part_0") AS "part_0",
    MIN("t54"."moment") AS "reached"
  FROM (
    SELECT
      "t52"."unit",
      "t52"."variant",
      "t52"."part_0",
      "t52"."entry",
      "t52"."reached",
      "t17"."event_unit",
      "t17"."moment"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t40"."unit",
          "t40"."variant",
          "t40"."part_0",
          "t40"."first" AS "entry",
          "t40"."first" AS "reached"
        FROM "exposed" AS "t40"
        WHERE
          "t40"."entries" <= 8 AND "t40"."entries" = 1
      ) AS "t42"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t47"."unit",
          "t47"."variant",
          "t47"."part_0",
          "t22"."moment" AS "entry",
          "t22"."moment" AS "reached"
        FROM (
          SELECT
            *
          FROM "exposed" AS "t40"
          WHERE
            "t40"."entries" <= 8 AND NOT (
              "t40"."entries" = 1
            )
        ) AS "t47"
        INNER JOIN (
          SELECT
            "t11"."unit" AS "event_unit",
            "t11"."moment"
          FROM "t8" AS "t11"
          WHERE
            "t11"."variant" IN ('control', 'test') AND "t11"."unit" IS NOT NULL
        ) AS "t22"
          ON "t47"."unit" = "t22"."event_unit" AND "t22"."moment" >= "t47"."first"
      ) AS "t50"
    ) AS "t52"
    INNER JOIN (
      SELECT
        "t10"."unit" AS "event_unit",
        "t10"."moment"
      FROM "t7" AS "t10"
    ) AS "t17"
      ON "t52"."unit" = "t17"."event_unit"
      AND "t17"."moment" >= "t52"."reached"
      AND "t17"."moment" <= (
        "t52"."entry" + 86400000000
      )
  ) AS "t54"
  GROUP BY
    1,
    2
), "t60" AS (
  SELECT
    "t59"."variant",
    "t59"."part_0",
    COUNT(*) AS "units"
  FROM (
    SELECT
      "t56"."unit",
      MIN("t56"."variant") AS "variant",
      MIN("t56"."part_0") AS "part_0"
    FROM "reached_1" AS "t56"
    GROUP BY
      1
  ) AS "t59"
  GROUP BY
    1,
    2
), "reached_2" AS (
  SELECT
    "t62"."unit",
    "t62"."entry",
    MIN("t62"."variant") AS "variant",
    MIN("t62"."part_0") AS "part_0",
    MIN("t62"."moment") AS "reached"
  FROM (
    SELECT
      "t58"."unit",
      "t58"."entry",
      "t58"."variant",
      "t58"."part_0",
      "t58"."reached",
      "t16"."event_unit",
      "t16"."moment"
    FROM "reached_1" AS "t58"
    INNER JOIN (
      SELECT
        "t9"."unit" AS "event_unit",
        "t9"."moment"
      FROM "t6" AS "t9"
    ) AS "t16"
      ON "t58"."unit" = "t16"."event_unit"
      AND "t16"."moment" >= "t58"."reached"
      AND "t16"."moment" <= (
        "t58"."entry" + 86400000000
      )
  ) AS "t62"
  GROUP BY
    1,
    2
), "t72" AS (
  SELECT
    "t70"."variant",
    "t70"."part_0",
    COUNT(*) AS "units"
  FROM (
    SELECT
      "t68"."unit",
      MIN("t68"."variant") AS "variant",
      MIN("t68"."part_0") AS "part_0"
    FROM "reached_2" AS "t68"
    GROUP BY
      1
  ) AS "t70"
  GROUP BY
    1,
    2
)
SELECT
  "t81"."variant",
  "t81"."part_0",
  "t81"."step",
  SUM("t81"."units") AS "units"
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t73"."variant",
        "t73"."part_0",
        -(
          "t73"."units"
        ) AS "units",
        2 - 1 AS "step"
      FROM "t72" AS "t73"
    ) AS "t77"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t74"."variant",
        "t74"."part_0",
        "t74"."units",
        "t74"."step"
      FROM (
        SELECT
          "t71"."variant",
          "t71"."part_0",
          "t71"."step",
          COUNT(*) AS "units"
        FROM (
          SELECT
            "t69"."unit",
            MIN("t69"."variant") AS "variant",
            MIN("t69"."part_0") AS "part_0",
            MAX("t69"."step") AS "step"
          FROM (
            SELECT
              "t63"."unit",
              "t63"."variant",
              "t63"."part_0",
              "t63"."moment",
              "t63"."steps",
              CASE
                WHEN (
                  (
                    "t63"."steps" & 4
                  ) <> 0
                )
                AND (
                  (
                    "t63"."moment" - "t63"."entry"
                  ) <= 86400000000
                )
                THEN "t63"."entry"
                ELSE NULL
              END AS "entry",
              CASE
                WHEN (
                  (
                    "t63"."steps" & 4
                  ) <> 0
                )
                AND (
                  (
                    "t63"."moment" - "t63"."entry"
                  ) <= 86400000000
                )
                THEN 2
                ELSE "t63"."step"
              END AS "step"
            FROM (
              SELECT
                "t57"."unit",
                "t57"."variant",
                "t57"."part_0",
                "t57"."moment",
                "t57"."steps",
                MAX("t57"."entry") OVER (
                  PARTITION BY "t57"."unit"
                  ORDER BY "t57"."moment" ASC, "t57"."steps" & -(
                    "t57"."steps"
                  ) ASC, "t57"."steps" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
                ) AS "entry",
                "t57"."step"
              FROM (
                SELECT
                  "t53"."unit",
                  "t53"."variant",
                  "t53"."part_0",
                  "t53"."moment",
                  "t53"."steps",
                  CASE
                    WHEN (
                      (
                        "t53"."steps" & 2
                      ) <> 0
                    )
                    AND (
                      (
                        "t53"."moment" - "t53"."entry"
                      ) <= 86400000000
                    )
                    THEN "t53"."entry"
                    ELSE NULL
                  END AS "entry",
                  CASE
                    WHEN (
                      (
                        "t53"."steps" & 2
                      ) <> 0
                    )
                    AND (
                      (
                        "t53"."moment" - "t53"."entry"
                      ) <= 86400000000
                    )
                    THEN 1
                    ELSE "t53"."step"
                  END AS "step"
                FROM (
                  SELECT
                    "t49"."unit",
                    "t49"."variant",
                    "t49"."part_0",
                    "t49"."moment",
                    "t49"."steps",
                    MAX(CASE WHEN (
                      "t49"."steps" & 1
                    ) <> 0 THEN "t49"."moment" ELSE NULL END) OVER (
                      PARTITION BY "t49"."unit"
                      ORDER BY "t49"."moment" ASC, "t49"."steps" & -(
                        "t49"."steps"
                      ) ASC, "t49"."steps" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
                    ) AS "entry",
                    0 AS "step"
                  FROM (
                    SELECT
                      "t46"."unit",
                      "t46"."variant",
                      "t46"."part_0",
                      "t30"."moment",
                      "t30"."steps"
                    FROM (
                      SELECT
                        *
                      FROM "exposed" AS "t40"
                      WHERE
                        NOT (
                          "t40"."entries" <= 8
                        )
                    ) AS "t46"
                    INNER JOIN (
                      SELECT
                        "t23"."moment",
                        "t23"."event_unit",
                        "t23"."steps"
                      FROM (
                        SELECT
                          *
                        FROM (
                          SELECT
                            "t9"."uuid",
                            "t9"."moment",
                            "t9"."unit" AS "event_unit",
                            4 AS "steps"
                          FROM "t6" AS "t9"
                        ) AS "t13"
                        UNION ALL
                        SELECT
                          *
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t11"."uuid",
                              "t11"."moment",
                              "t11"."unit" AS "event_unit",
                              1 AS "steps"
                            FROM "t8" AS "t11"
                            WHERE
                              "t11"."variant" IN ('control', 'test') AND "t11"."unit" IS NOT NULL
                          ) AS "t18"
                          UNION ALL
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t10"."uuid",
                              "t10"."moment",
                              "t10"."unit" AS "event_unit",
                              2 AS "steps"
                            FROM "t7" AS "t10"
                          ) AS "t15"
                        ) AS "t21"
                      ) AS "t23"
                    ) AS "t30"
                      ON "t46"."unit" = "t30"."event_unit" AND "t30"."moment" >= "t46"."first"
                  ) AS "t49"
                ) AS "t53"
              ) AS "t57"
            ) AS "t63"
          ) AS "t69"
          GROUP BY
            1
        ) AS "t71"
        GROUP BY
          1,
          2,
          3
      ) AS "t74"
    ) AS "t76"
  ) AS "t79"
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
          "t45"."variant",
          "t45"."part_0",
          "t45"."units",
          0 AS "step"
        FROM (
          SELECT
            "t41"."variant",
            "t41"."part_0",
            COUNT(*) AS "units"
          FROM (
            SELECT
              *
            FROM "exposed" AS "t40"
            WHERE
              "t40"."entries" <= 8
          ) AS "t41"
          GROUP BY
            1,
            2
        ) AS "t45"
      ) AS "t48"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t61"."variant",
          "t61"."part_0",
          "t61"."units",
          1 AS "step"
        FROM "t60" AS "t61"
      ) AS "t64"
    ) AS "t65"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t61"."variant",
          "t61"."part_0",
          -(
            "t61"."units"
          ) AS "units",
          1 - 1 AS "step"
        FROM "t60" AS "t61"
      ) AS "t66"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t73"."variant",
          "t73"."part_0",
          "t73"."units",
          2 AS "step"
        FROM "t72" AS "t73"
      ) AS "t75"
    ) AS "t78"
  ) AS "t80"
) AS "t81"
GROUP BY
  1,
  2,
  3
