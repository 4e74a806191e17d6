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
), "t18" AS (
  SELECT
    "t3"."uuid",
    "t3"."person_id" AS "unit",
    "t3"."flag_response" AS "variant",
    EPOCH_US("t3"."timestamp") AS "moment",
    COALESCE(
      NULLIF(
        COALESCE(
          CASE
            WHEN JSON_TYPE("t3"."properties", '/plan') = 'VARCHAR'
            THEN "t3"."properties" ->> '/plan'
            ELSE NULL
          END,
          NULLIF(
            COALESCE(
              "t3"."properties" ->> '/plan',
              CASE WHEN JSON_EXISTS("t3"."properties", '/plan') THEN 'null' ELSE NULL END
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
  ) AS "t3"
), "analysed" AS (
  SELECT
    "t31"."unit",
    "t31"."first",
    "t31"."entries",
    CASE
      WHEN "t31"."rank" < 25
      THEN "t31"."part_0"
      ELSE '$$_posthog_breakdown_other_$$'
    END AS "part_0",
    "t31"."variant"
  FROM (
    SELECT
      "t30"."unit",
      "t30"."first",
      "t30"."entries",
      "t30"."part_0",
      "t30"."variant",
      "t30"."size",
      DENSE_RANK() OVER (
        ORDER BY "t30"."size" DESC, "t30"."part_0" ASC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t29"."unit",
        "t29"."first",
        "t29"."entries",
        "t29"."part_0",
        "t29"."variant",
        SUM(CASE WHEN "t29"."variant" <> '$multiple' THEN 1 ELSE 0 END) OVER (
          PARTITION BY "t29"."part_0"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "size"
      FROM (
        SELECT
          "t28"."unit",
          "t28"."first",
          "t28"."entries",
          "t28"."part_0",
          CASE WHEN "t28"."lowest" = "t28"."highest" THEN "t28"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t22"."unit",
            MIN("t22"."variant") AS "lowest",
            MAX("t22"."variant") AS "highest",
            MIN("t22"."moment") AS "first",
            COUNT(*) AS "entries",
            FIRST(
              "t22"."part_0" ORDER BY {'moment': "t22"."moment", 'uuid': CAST("t22"."uuid" AS TEXT)}
            ) AS "part_0"
          FROM (
            SELECT
              *
            FROM "t18" AS "t19"
            WHERE
              "t19"."variant" IN ('control', 'test') AND "t19"."unit" IS NOT NULL
          ) AS "t22"
          GROUP BY
            1
        ) AS "t28"
      ) AS "t29"
    ) AS "t30"
  ) AS "t31"
  WHERE
    "t31"."variant" <> '$multiple'
), "exposed" AS (
  SELECT
    "t34"."unit",
    "t34"."first",
    "t34"."entries",
    "t34"."part_0",
    "t34"."variant",
    COALESCE("t38"."did_before", 0) AS "did_before"
  FROM "analysed" AS "t34"
  LEFT OUTER JOIN (
    SELECT
      "t36"."past_unit",
      1 AS "did_before"
    FROM (
      SELECT DISTINCT
        *
      FROM (
        SELECT
          "t15"."past_unit"
        FROM "analysed" AS "t34"
        INNER JOIN (
          SELECT
            "t7"."moment",
            "t7"."unit" AS "past_unit"
          FROM (
            SELECT
              "t4"."uuid",
              "t4"."person_id" AS "unit",
              EPOCH_US("t4"."timestamp") AS "moment"
            FROM (
              SELECT
                *
              FROM "events" AS "t0"
              WHERE
                "t0"."project_id" = 7
                AND "t0"."timestamp" >= CAST('2025-02-15 00:00:00' AS TIMESTAMP(6))
                AND "t0"."timestamp" < CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
                AND "t0"."name" = 'paid'
            ) AS "t4"
          ) AS "t7"
        ) AS "t15"
          ON "t34"."unit" = "t15"."past_unit"
          AND "t15"."moment" >= (
            "t34"."first" - 1209600000000
          )
          AND "t15"."moment" < "t34"."first"
      ) AS "t35"
    ) AS "t36"
  ) AS "t38"
    ON "t34"."unit" = "t38"."past_unit"
), "reached_1" AS (
  SELECT
    "t54"."unit",
    "t54"."entry",
    MIN("t54"."variant") AS "variant",
    MIN("t54"."part_0") AS "part_0",
    MIN("t54"."did_before") AS "did_before",
    MIN("t54"."moment") AS "reached"
  FROM (
    SELECT
      "t52"."unit",
      "t52"."variant",
      "t52"."part_0",
      "t52"."did_before",
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
          "t40"."did_before",
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
          "t47"."did_before",
          "t24"."moment" AS "entry",
          "t24"."moment" AS "reached"
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
            "t19"."unit" AS "event_unit",
            "t19"."moment"
          FROM "t18" AS "t19"
          WHERE
            "t19"."variant" IN ('control', 'test') AND "t19"."unit" IS NOT NULL
        ) AS "t24"
          ON "t47"."unit" = "t24"."event_unit" AND "t24"."moment" >= "t47"."first"
      ) AS "t50"
    ) AS "t52"
    INNER JOIN (
      SELECT
        "t9"."unit" AS "event_unit",
        "t9"."moment"
      FROM "t6" AS "t9"
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
    "t59"."did_before",
    COUNT(*) AS "units"
  FROM (
    SELECT
      "t56"."unit",
      MIN("t56"."variant") AS "variant",
      MIN("t56"."part_0") AS "part_0",
      MIN("t56"."did_before") AS "did_before"
    FROM "reached_1" AS "t56"
    GROUP BY
      1
  ) AS "t59"
  GROUP BY
    1,
    2,
    3
), "reached_2" AS (
  SELECT
    "t62"."unit",
    "t62"."entry",
    MIN("t62"."variant") AS "variant",
    MIN("t62"."part_0") AS "part_0",
    MIN("t62"."did_before") AS "did_before",
    MIN("t62"."moment") AS "reached"
  FROM (
    SELECT
      "t58"."unit",
      "t58"."entry",
      "t58"."variant",
      "t58"."part_0",
      "t58"."did_before",
      "t58"."reached",
      "t16"."event_unit",
      "t16"."moment"
    FROM "reached_1" AS "t58"
    INNER JOIN (
      SELECT
        "t8"."unit" AS "event_unit",
        "t8"."moment"
      FROM "t5" AS "t8"
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
    "t70"."did_before",
    COUNT(*) AS "units"
  FROM (
    SELECT
      "t68"."unit",
      MIN("t68"."variant") AS "variant",
      MIN("t68"."part_0") AS "part_0",
      MIN("t68"."did_before") AS "did_before"
    FROM "reached_2" AS "t68"
    GROUP BY
      1
  ) AS "t70"
  GROUP BY
    1,
    2,
    3
)
SELECT
  "t81"."variant",
  "t81"."part_0",
  "t81"."did_before",
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
        "t73"."did_before",
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
        "t74"."did_before",
        "t74"."units",
        "t74"."step"
      FROM (
        SELECT
          "t71"."variant",
          "t71"."part_0",
          "t71"."did_before",
          "t71"."step",
          COUNT(*) AS "units"
        FROM (
          SELECT
            "t69"."unit",
            MIN("t69"."variant") AS "variant",
            MIN("t69"."part_0") AS "part_0",
            MIN("t69"."did_before") AS "did_before",
            MAX("t69"."step") AS "step"
          FROM (
            SELECT
              "t63"."unit",
              "t63"."variant",
              "t63"."part_0",
              "t63"."did_before",
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
                "t57"."did_before",
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
                  "t53"."did_before",
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
                    "t49"."did_before",
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
                      "t46"."did_before",
                      "t27"."moment",
                      "t27"."steps"
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
                        "t25"."moment",
                        "t25"."event_unit",
                        "t25"."steps"
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
                              "t19"."uuid",
                              "t19"."moment",
                              "t19"."unit" AS "event_unit",
                              1 AS "steps"
                            FROM "t18" AS "t19"
                            WHERE
                              "t19"."variant" IN ('control', 'test') AND "t19"."unit" IS NOT NULL
                          ) AS "t20"
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
                        ) AS "t23"
                      ) AS "t25"
                    ) AS "t27"
                      ON "t46"."unit" = "t27"."event_unit" AND "t27"."moment" >= "t46"."first"
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
          3,
          4
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
          "t45"."did_before",
          "t45"."units",
          0 AS "step"
        FROM (
          SELECT
            "t41"."variant",
            "t41"."part_0",
            "t41"."did_before",
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
            2,
            3
        ) AS "t45"
      ) AS "t48"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t61"."variant",
          "t61"."part_0",
          "t61"."did_before",
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
          "t61"."did_before",
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
          "t73"."did_before",
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
  3,
  4
