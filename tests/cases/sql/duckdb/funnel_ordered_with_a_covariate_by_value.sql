WITH "t5" AS (
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
), "t6" AS (
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
), "t17" AS (
  SELECT
    "t4"."uuid",
    "t4"."person_id" AS "unit",
    "t4"."flag_response" AS "variant",
    EPOCH_US("t4"."timestamp") AS "moment",
    COALESCE(
      NULLIF(
        COALESCE(
          CASE
            WHEN JSON_TYPE("t4"."properties", '/plan') = 'VARCHAR'
            THEN "t4"."properties" ->> '/plan'
            ELSE NULL
          END,
          NULLIF(
            COALESCE(
              "t4"."properties" ->> '/plan',
              CASE WHEN JSON_EXISTS("t4"."properties", '/plan') THEN 'null' ELSE NULL END
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
      AND "t0"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
      AND "t0"."name" = '$feature_flag_called'
      AND "t0"."flag_key" = 'checkout'
  ) AS "t4"
), "analysed" AS (
  SELECT
    "t30"."unit",
    "t30"."first",
    "t30"."entries",
    CASE
      WHEN "t30"."rank" < 25
      THEN "t30"."part_0"
      ELSE '$$_posthog_breakdown_other_$$'
    END AS "part_0",
    "t30"."variant"
  FROM (
    SELECT
      "t29"."unit",
      "t29"."first",
      "t29"."entries",
      "t29"."part_0",
      "t29"."variant",
      "t29"."size",
      DENSE_RANK() OVER (
        ORDER BY "t29"."size" DESC, "t29"."part_0" ASC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t28"."unit",
        "t28"."first",
        "t28"."entries",
        "t28"."part_0",
        "t28"."variant",
        SUM(CASE WHEN "t28"."variant" <> '$multiple' THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t28"."part_0"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "size"
      FROM (
        SELECT
          "t27"."unit",
          "t27"."first",
          "t27"."entries",
          "t27"."part_0",
          CASE WHEN "t27"."lowest" = "t27"."highest" THEN "t27"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t21"."unit",
            MIN("t21"."variant") AS "lowest",
            MAX("t21"."variant") AS "highest",
            MIN("t21"."moment") AS "first",
            COUNT(*) AS "entries",
            FIRST(
              "t21"."part_0" ORDER BY {'moment': "t21"."moment", 'uuid': CAST("t21"."uuid" AS TEXT)}
            ) AS "part_0"
          FROM (
            SELECT
              *
            FROM "t17" AS "t18"
            WHERE
              "t18"."variant" IN ('control', 'test') AND "t18"."unit" IS NOT NULL
          ) AS "t21"
          GROUP BY
            1
        ) AS "t27"
      ) AS "t28"
    ) AS "t29"
  ) AS "t30"
  WHERE
    "t30"."variant" <> '$multiple'
), "exposed" AS (
  SELECT
    "t33"."unit",
    "t33"."first",
    "t33"."entries",
    "t33"."part_0",
    "t33"."variant",
    COALESCE("t37"."did_before", 0) AS "did_before"
  FROM "analysed" AS "t33"
  LEFT OUTER JOIN (
    SELECT
      "t35"."past_unit",
      1 AS "did_before"
    FROM (
      SELECT DISTINCT
        *
      FROM (
        SELECT
          "t10"."past_unit"
        FROM "analysed" AS "t33"
        INNER JOIN (
          SELECT
            "t3"."person_id" AS "past_unit",
            EPOCH_US("t3"."timestamp") AS "moment"
          FROM (
            SELECT
              *
            FROM "events" AS "t0"
            WHERE
              "t0"."project_id" = 7
              AND "t0"."timestamp" >= CAST('2025-02-15 00:00:00' AS TIMESTAMP(6))
              AND "t0"."timestamp" < CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
              AND "t0"."name" = 'paid'
          ) AS "t3"
        ) AS "t10"
          ON "t33"."unit" = "t10"."past_unit"
          AND "t10"."moment" >= (
            "t33"."first" - 1209600000000
          )
          AND "t10"."moment" < "t33"."first"
      ) AS "t34"
    ) AS "t35"
  ) AS "t37"
    ON "t33"."unit" = "t37"."past_unit"
), "reached_1" AS (
  SELECT
    "t53"."unit",
    "t53"."entry",
    MIN("t53"."variant") AS "variant",
    MIN("t53"."part_0") AS "part_0",
    MIN("t53"."did_before") AS "did_before",
    MIN("t53"."moment") AS "reached"
  FROM (
    SELECT
      "t51"."unit",
      "t51"."variant",
      "t51"."part_0",
      "t51"."did_before",
      "t51"."entry",
      "t51"."reached",
      "t16"."event_unit",
      "t16"."moment"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t39"."unit",
          "t39"."variant",
          "t39"."part_0",
          "t39"."did_before",
          "t39"."first" AS "entry",
          "t39"."first" AS "reached"
        FROM "exposed" AS "t39"
        WHERE
          "t39"."entries" <= 8 AND "t39"."entries" = 1
      ) AS "t41"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t46"."unit",
          "t46"."variant",
          "t46"."part_0",
          "t46"."did_before",
          "t23"."moment" AS "entry",
          "t23"."moment" AS "reached"
        FROM (
          SELECT
            *
          FROM "exposed" AS "t39"
          WHERE
            "t39"."entries" <= 8 AND NOT (
              "t39"."entries" = 1
            )
        ) AS "t46"
        INNER JOIN (
          SELECT
            "t18"."unit" AS "event_unit",
            "t18"."moment"
          FROM "t17" AS "t18"
          WHERE
            "t18"."variant" IN ('control', 'test') AND "t18"."unit" IS NOT NULL
        ) AS "t23"
          ON "t46"."unit" = "t23"."event_unit" AND "t23"."moment" >= "t46"."first"
      ) AS "t49"
    ) AS "t51"
    INNER JOIN (
      SELECT
        "t9"."unit" AS "event_unit",
        "t9"."moment"
      FROM "t6" AS "t9"
    ) AS "t16"
      ON "t51"."unit" = "t16"."event_unit"
      AND "t16"."moment" >= "t51"."reached"
      AND "t16"."moment" <= (
        "t51"."entry" + 86400000000
      )
  ) AS "t53"
  GROUP BY
    1,
    2
), "t59" AS (
  SELECT
    "t58"."variant",
    "t58"."part_0",
    "t58"."did_before",
    COUNT(*) AS "units"
  FROM (
    SELECT
      "t55"."unit",
      MIN("t55"."variant") AS "variant",
      MIN("t55"."part_0") AS "part_0",
      MIN("t55"."did_before") AS "did_before"
    FROM "reached_1" AS "t55"
    GROUP BY
      1
  ) AS "t58"
  GROUP BY
    1,
    2,
    3
), "reached_2" AS (
  SELECT
    "t61"."unit",
    "t61"."entry",
    MIN("t61"."variant") AS "variant",
    MIN("t61"."part_0") AS "part_0",
    MIN("t61"."did_before") AS "did_before",
    MIN("t61"."moment") AS "reached"
  FROM (
    SELECT
      "t57"."unit",
      "t57"."entry",
      "t57"."variant",
      "t57"."part_0",
      "t57"."did_before",
      "t57"."reached",
      "t15"."event_unit",
      "t15"."moment"
    FROM "reached_1" AS "t57"
    INNER JOIN (
      SELECT
        "t8"."unit" AS "event_unit",
        "t8"."moment"
      FROM "t5" AS "t8"
    ) AS "t15"
      ON "t57"."unit" = "t15"."event_unit"
      AND "t15"."moment" >= "t57"."reached"
      AND "t15"."moment" <= (
        "t57"."entry" + 86400000000
      )
  ) AS "t61"
  GROUP BY
    1,
    2
), "t71" AS (
  SELECT
    "t69"."variant",
    "t69"."part_0",
    "t69"."did_before",
    COUNT(*) AS "units"
  FROM (
    SELECT
      "t67"."unit",
      MIN("t67"."variant") AS "variant",
      MIN("t67"."part_0") AS "part_0",
      MIN("t67"."did_before") AS "did_before"
    FROM "reached_2" AS "t67"
    GROUP BY
      1
  ) AS "t69"
  GROUP BY
    1,
    2,
    3
)
SELECT
  "t80"."variant",
  "t80"."part_0",
  "t80"."did_before",
  "t80"."step",
  SUM("t80"."units") AS "units"
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t72"."variant",
        "t72"."part_0",
        "t72"."did_before",
        -(
          "t72"."units"
        ) AS "units",
        2 - 1 AS "step"
      FROM "t71" AS "t72"
    ) AS "t76"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t73"."variant",
        "t73"."part_0",
        "t73"."did_before",
        "t73"."units",
        "t73"."step"
      FROM (
        SELECT
          "t70"."variant",
          "t70"."part_0",
          "t70"."did_before",
          "t70"."step",
          COUNT(*) AS "units"
        FROM (
          SELECT
            "t68"."unit",
            MIN("t68"."variant") AS "variant",
            MIN("t68"."part_0") AS "part_0",
            MIN("t68"."did_before") AS "did_before",
            MAX("t68"."step") AS "step"
          FROM (
            SELECT
              "t62"."unit",
              "t62"."variant",
              "t62"."part_0",
              "t62"."did_before",
              "t62"."moment",
              "t62"."steps",
              CASE
                WHEN (
                  (
                    "t62"."steps" & 4
                  ) <> 0
                )
                AND (
                  (
                    "t62"."moment" - "t62"."entry"
                  ) <= 86400000000
                )
                THEN "t62"."entry"
                ELSE NULL
              END AS "entry",
              CASE
                WHEN (
                  (
                    "t62"."steps" & 4
                  ) <> 0
                )
                AND (
                  (
                    "t62"."moment" - "t62"."entry"
                  ) <= 86400000000
                )
                THEN 2
                ELSE "t62"."step"
              END AS "step"
            FROM (
              SELECT
                "t56"."unit",
                "t56"."variant",
                "t56"."part_0",
                "t56"."did_before",
                "t56"."moment",
                "t56"."steps",
                MAX("t56"."entry") OVER (
                  PARTITION BY "t56"."unit"
                  ORDER BY "t56"."moment" ASC, "t56"."steps" & -(
                    "t56"."steps"
                  ) ASC, "t56"."steps" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
                ) AS "entry",
                "t56"."step"
              FROM (
                SELECT
                  "t52"."unit",
                  "t52"."variant",
                  "t52"."part_0",
                  "t52"."did_before",
                  "t52"."moment",
                  "t52"."steps",
                  CASE
                    WHEN (
                      (
                        "t52"."steps" & 2
                      ) <> 0
                    )
                    AND (
                      (
                        "t52"."moment" - "t52"."entry"
                      ) <= 86400000000
                    )
                    THEN "t52"."entry"
                    ELSE NULL
                  END AS "entry",
                  CASE
                    WHEN (
                      (
                        "t52"."steps" & 2
                      ) <> 0
                    )
                    AND (
                      (
                        "t52"."moment" - "t52"."entry"
                      ) <= 86400000000
                    )
                    THEN 1
                    ELSE "t52"."step"
                  END AS "step"
                FROM (
                  SELECT
                    "t48"."unit",
                    "t48"."variant",
                    "t48"."part_0",
                    "t48"."did_before",
                    "t48"."moment",
                    "t48"."steps",
                    MAX(CASE WHEN (
                      "t48"."steps" & 1
                    ) <> 0 THEN "t48"."moment" ELSE NULL END) OVER (
                      PARTITION BY "t48"."unit"
                      ORDER BY "t48"."moment" ASC, "t48"."steps" & -(
                        "t48"."steps"
                      ) ASC, "t48"."steps" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
                    ) AS "entry",
                    0 AS "step"
                  FROM (
                    SELECT
                      "t45"."unit",
                      "t45"."variant",
                      "t45"."part_0",
                      "t45"."did_before",
                      "t26"."moment",
                      "t26"."steps"
                    FROM (
                      SELECT
                        *
                      FROM "exposed" AS "t39"
                      WHERE
                        NOT (
                          "t39"."entries" <= 8
                        )
                    ) AS "t45"
                    INNER JOIN (
                      SELECT
                        "t24"."moment",
                        "t24"."event_unit",
                        "t24"."steps"
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
                        ) AS "t12"
                        UNION ALL
                        SELECT
                          *
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t18"."uuid",
                              "t18"."moment",
                              "t18"."unit" AS "event_unit",
                              1 AS "steps"
                            FROM "t17" AS "t18"
                            WHERE
                              "t18"."variant" IN ('control', 'test') AND "t18"."unit" IS NOT NULL
                          ) AS "t19"
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
                          ) AS "t14"
                        ) AS "t22"
                      ) AS "t24"
                    ) AS "t26"
                      ON "t45"."unit" = "t26"."event_unit" AND "t26"."moment" >= "t45"."first"
                  ) AS "t48"
                ) AS "t52"
              ) AS "t56"
            ) AS "t62"
          ) AS "t68"
          GROUP BY
            1
        ) AS "t70"
        GROUP BY
          1,
          2,
          3,
          4
      ) AS "t73"
    ) AS "t75"
  ) AS "t78"
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
          "t44"."variant",
          "t44"."part_0",
          "t44"."did_before",
          "t44"."units",
          0 AS "step"
        FROM (
          SELECT
            "t40"."variant",
            "t40"."part_0",
            "t40"."did_before",
            COUNT(*) AS "units"
          FROM (
            SELECT
              *
            FROM "exposed" AS "t39"
            WHERE
              "t39"."entries" <= 8
          ) AS "t40"
          GROUP BY
            1,
            2,
            3
        ) AS "t44"
      ) AS "t47"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t60"."variant",
          "t60"."part_0",
          "t60"."did_before",
          "t60"."units",
          1 AS "step"
        FROM "t59" AS "t60"
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
          "t60"."variant",
          "t60"."part_0",
          "t60"."did_before",
          -(
            "t60"."units"
          ) AS "units",
          1 - 1 AS "step"
        FROM "t59" AS "t60"
      ) AS "t65"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t72"."variant",
          "t72"."part_0",
          "t72"."did_before",
          "t72"."units",
          2 AS "step"
        FROM "t71" AS "t72"
      ) AS "t74"
    ) AS "t77"
  ) AS "t79"
) AS "t80"
GROUP BY
  1,
  2,
  3,
  4
