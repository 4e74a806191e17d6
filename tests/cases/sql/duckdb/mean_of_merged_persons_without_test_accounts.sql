SELECT
  "t32"."variant",
  COUNT(*) AS "units",
  SUM("t32"."value") AS "total",
  SUM("t32"."value" * "t32"."value") AS "squares"
FROM (
  SELECT
    "t28"."variant",
    COALESCE(CAST("t31"."value" AS DOUBLE), 0.0) AS "value"
  FROM (
    SELECT
      "t26"."unit",
      "t26"."first",
      "t26"."entries",
      CASE WHEN "t26"."lowest" = "t26"."highest" THEN "t26"."lowest" ELSE '$multiple' END AS "variant"
    FROM (
      SELECT
        "t25"."unit",
        MIN("t25"."variant") AS "lowest",
        MAX("t25"."variant") AS "highest",
        MIN("t25"."moment") AS "first",
        COUNT(*) AS "entries"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t23"."uuid",
            "t23"."person" AS "unit",
            "t23"."flag_response" AS "variant",
            EPOCH_US("t23"."timestamp") AS "moment"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t20".*
                  EXCLUDE ("described_id")
                FROM (
                  SELECT
                    "t17"."project_id",
                    "t17"."uuid",
                    "t17"."name",
                    "t17"."distinct_id",
                    "t17"."person_id",
                    "t17"."timestamp",
                    "t17"."flag_key",
                    "t17"."flag_response",
                    "t17"."session_id",
                    "t17"."group_0",
                    "t17"."group_1",
                    "t17"."group_2",
                    "t17"."group_3",
                    "t17"."group_4",
                    "t17"."properties",
                    "t17"."number_3",
                    "t17"."person",
                    "t7"."described_id",
                    "t7"."person_properties"
                  FROM (
                    SELECT
                      "t14".*
                      EXCLUDE ("source_id", "mapped_id")
                    FROM (
                      SELECT
                        "t12"."project_id",
                        "t12"."uuid",
                        "t12"."name",
                        "t12"."distinct_id",
                        "t12"."person_id",
                        "t12"."timestamp",
                        "t12"."flag_key",
                        "t12"."flag_response",
                        "t12"."session_id",
                        "t12"."group_0",
                        "t12"."group_1",
                        "t12"."group_2",
                        "t12"."group_3",
                        "t12"."group_4",
                        "t12"."properties",
                        "t12"."number_3",
                        "t12"."source_id",
                        "t12"."mapped_id",
                        COALESCE("t12"."mapped_id", "t12"."person_id") AS "person"
                      FROM (
                        SELECT
                          "t10"."project_id",
                          "t10"."uuid",
                          "t10"."name",
                          "t10"."distinct_id",
                          "t10"."person_id",
                          "t10"."timestamp",
                          "t10"."flag_key",
                          "t10"."flag_response",
                          "t10"."session_id",
                          "t10"."group_0",
                          "t10"."group_1",
                          "t10"."group_2",
                          "t10"."group_3",
                          "t10"."group_4",
                          "t10"."properties",
                          "t10"."number_3",
                          "t8"."source_id",
                          "t8"."mapped_id"
                        FROM (
                          SELECT
                            *
                          FROM "events" AS "t1"
                          WHERE
                            "t1"."project_id" = 7
                            AND "t1"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                            AND "t1"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
                            AND "t1"."name" = '$feature_flag_called'
                        ) AS "t10"
                        LEFT OUTER JOIN (
                          SELECT
                            "t2"."source_id",
                            "t2"."person_id" AS "mapped_id"
                          FROM "person_mappings" AS "t2"
                          WHERE
                            "t2"."project_id" = 7
                        ) AS "t8"
                          ON "t10"."person_id" = "t8"."source_id"
                      ) AS "t12"
                    ) AS "t14"
                  ) AS "t17"
                  LEFT OUTER JOIN (
                    SELECT
                      "t0"."person_id" AS "described_id",
                      "t0"."properties" AS "person_properties"
                    FROM "person_properties" AS "t0"
                    WHERE
                      "t0"."project_id" = 7
                  ) AS "t7"
                    ON "t17"."person" = "t7"."described_id"
                ) AS "t20"
              ) AS "t21"
              WHERE
                (
                  (
                    COALESCE(
                      "t21"."person_properties" ->> '/email',
                      CASE WHEN JSON_EXISTS("t21"."person_properties", '/email') THEN 'null' ELSE NULL END
                    ) IS NULL
                  )
                  OR COALESCE(
                    NOT (
                      CONTAINS(
                        TRANSLATE(
                          COALESCE(
                            "t21"."person_properties" ->> '/email',
                            CASE WHEN JSON_EXISTS("t21"."person_properties", '/email') THEN 'null' ELSE NULL END
                          ),
                          'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
                          'abcdefghijklmnopqrstuvwxyz'
                        ),
                        '@example.org'
                      )
                    ),
                    FALSE
                  )
                )
                AND COALESCE(
                  COALESCE(
                    "t21"."properties" ->> '/$app_version',
                    CASE WHEN JSON_EXISTS("t21"."properties", '/$app_version') THEN 'null' ELSE NULL END
                  ) IN ('2.0.0', '2.1'),
                  FALSE
                )
            ) AS "t22"
            WHERE
              "t22"."flag_key" = 'checkout'
          ) AS "t23"
        ) AS "t24"
        WHERE
          "t24"."variant" IN ('control', 'test') AND "t24"."unit" IS NOT NULL
      ) AS "t25"
      GROUP BY
        1
    ) AS "t26"
    WHERE
      CASE WHEN "t26"."lowest" = "t26"."highest" THEN "t26"."lowest" ELSE '$multiple' END <> '$multiple'
  ) AS "t28"
  LEFT OUTER JOIN (
    SELECT
      "t29"."counted_unit",
      COUNT(*) AS "value"
    FROM (
      SELECT
        "t28"."unit",
        "t28"."first",
        "t28"."entries",
        "t28"."variant",
        "t19"."counted_unit",
        "t19"."moment"
      FROM (
        SELECT
          "t26"."unit",
          "t26"."first",
          "t26"."entries",
          CASE WHEN "t26"."lowest" = "t26"."highest" THEN "t26"."lowest" ELSE '$multiple' END AS "variant"
        FROM (
          SELECT
            "t25"."unit",
            MIN("t25"."variant") AS "lowest",
            MAX("t25"."variant") AS "highest",
            MIN("t25"."moment") AS "first",
            COUNT(*) AS "entries"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t23"."uuid",
                "t23"."person" AS "unit",
                "t23"."flag_response" AS "variant",
                EPOCH_US("t23"."timestamp") AS "moment"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t20".*
                      EXCLUDE ("described_id")
                    FROM (
                      SELECT
                        "t17"."project_id",
                        "t17"."uuid",
                        "t17"."name",
                        "t17"."distinct_id",
                        "t17"."person_id",
                        "t17"."timestamp",
                        "t17"."flag_key",
                        "t17"."flag_response",
                        "t17"."session_id",
                        "t17"."group_0",
                        "t17"."group_1",
                        "t17"."group_2",
                        "t17"."group_3",
                        "t17"."group_4",
                        "t17"."properties",
                        "t17"."number_3",
                        "t17"."person",
                        "t7"."described_id",
                        "t7"."person_properties"
                      FROM (
                        SELECT
                          "t14".*
                          EXCLUDE ("source_id", "mapped_id")
                        FROM (
                          SELECT
                            "t12"."project_id",
                            "t12"."uuid",
                            "t12"."name",
                            "t12"."distinct_id",
                            "t12"."person_id",
                            "t12"."timestamp",
                            "t12"."flag_key",
                            "t12"."flag_response",
                            "t12"."session_id",
                            "t12"."group_0",
                            "t12"."group_1",
                            "t12"."group_2",
                            "t12"."group_3",
                            "t12"."group_4",
                            "t12"."properties",
                            "t12"."number_3",
                            "t12"."source_id",
                            "t12"."mapped_id",
                            COALESCE("t12"."mapped_id", "t12"."person_id") AS "person"
                          FROM (
                            SELECT
                              "t10"."project_id",
                              "t10"."uuid",
                              "t10"."name",
                              "t10"."distinct_id",
                              "t10"."person_id",
                              "t10"."timestamp",
                              "t10"."flag_key",
                              "t10"."flag_response",
                              "t10"."session_id",
                              "t10"."group_0",
                              "t10"."group_1",
                              "t10"."group_2",
                              "t10"."group_3",
                              "t10"."group_4",
                              "t10"."properties",
                              "t10"."number_3",
                              "t8"."source_id",
                              "t8"."mapped_id"
                            FROM (
                              SELECT
                                *
                              FROM "events" AS "t1"
                              WHERE
                                "t1"."project_id" = 7
                                AND "t1"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                                AND "t1"."timestamp" <= CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
                                AND "t1"."name" = '$feature_flag_called'
                            ) AS "t10"
                            LEFT OUTER JOIN (
                              SELECT
                                "t2"."source_id",
                                "t2"."person_id" AS "mapped_id"
                              FROM "person_mappings" AS "t2"
                              WHERE
                                "t2"."project_id" = 7
                            ) AS "t8"
                              ON "t10"."person_id" = "t8"."source_id"
                          ) AS "t12"
                        ) AS "t14"
                      ) AS "t17"
                      LEFT OUTER JOIN (
                        SELECT
                          "t0"."person_id" AS "described_id",
                          "t0"."properties" AS "person_properties"
                        FROM "person_properties" AS "t0"
                        WHERE
                          "t0"."project_id" = 7
                      ) AS "t7"
                        ON "t17"."person" = "t7"."described_id"
                    ) AS "t20"
                  ) AS "t21"
                  WHERE
                    (
                      (
                        COALESCE(
                          "t21"."person_properties" ->> '/email',
                          CASE WHEN JSON_EXISTS("t21"."person_properties", '/email') THEN 'null' ELSE NULL END
                        ) IS NULL
                      )
                      OR COALESCE(
                        NOT (
                          CONTAINS(
                            TRANSLATE(
                              COALESCE(
                                "t21"."person_properties" ->> '/email',
                                CASE WHEN JSON_EXISTS("t21"."person_properties", '/email') THEN 'null' ELSE NULL END
                              ),
                              'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
                              'abcdefghijklmnopqrstuvwxyz'
                            ),
                            '@example.org'
                          )
                        ),
                        FALSE
                      )
                    )
                    AND COALESCE(
                      COALESCE(
                        "t21"."properties" ->> '/$app_version',
                        CASE WHEN JSON_EXISTS("t21"."properties", '/$app_version') THEN 'null' ELSE NULL END
                      ) IN ('2.0.0', '2.1'),
                      FALSE
                    )
                ) AS "t22"
                WHERE
                  "t22"."flag_key" = 'checkout'
              ) AS "t23"
            ) AS "t24"
            WHERE
              "t24"."variant" IN ('control', 'test') AND "t24"."unit" IS NOT NULL
          ) AS "t25"
          GROUP BY
            1
        ) AS "t26"
        WHERE
          CASE WHEN "t26"."lowest" = "t26"."highest" THEN "t26"."lowest" ELSE '$multiple' END <> '$multiple'
      ) AS "t28"
      INNER JOIN (
        SELECT
          "t15"."person" AS "counted_unit",
          EPOCH_US("t15"."timestamp") AS "moment"
        FROM (
          SELECT
            "t13".*
            EXCLUDE ("source_id", "mapped_id")
          FROM (
            SELECT
              "t11"."project_id",
              "t11"."uuid",
              "t11"."name",
              "t11"."distinct_id",
              "t11"."person_id",
              "t11"."timestamp",
              "t11"."flag_key",
              "t11"."flag_response",
              "t11"."session_id",
              "t11"."group_0",
              "t11"."group_1",
              "t11"."group_2",
              "t11"."group_3",
              "t11"."group_4",
              "t11"."properties",
              "t11"."number_3",
              "t11"."source_id",
              "t11"."mapped_id",
              COALESCE("t11"."mapped_id", "t11"."person_id") AS "person"
            FROM (
              SELECT
                "t9"."project_id",
                "t9"."uuid",
                "t9"."name",
                "t9"."distinct_id",
                "t9"."person_id",
                "t9"."timestamp",
                "t9"."flag_key",
                "t9"."flag_response",
                "t9"."session_id",
                "t9"."group_0",
                "t9"."group_1",
                "t9"."group_2",
                "t9"."group_3",
                "t9"."group_4",
                "t9"."properties",
                "t9"."number_3",
                "t8"."source_id",
                "t8"."mapped_id"
              FROM (
                SELECT
                  *
                FROM "events" AS "t1"
                WHERE
                  "t1"."project_id" = 7
                  AND "t1"."timestamp" >= CAST('2025-03-01 00:00:00' AS TIMESTAMP(6))
                  AND "t1"."timestamp" < CAST('2025-03-15 10:30:00.000250' AS TIMESTAMP(6))
                  AND "t1"."name" = 'purchase'
              ) AS "t9"
              LEFT OUTER JOIN (
                SELECT
                  "t2"."source_id",
                  "t2"."person_id" AS "mapped_id"
                FROM "person_mappings" AS "t2"
                WHERE
                  "t2"."project_id" = 7
              ) AS "t8"
                ON "t9"."person_id" = "t8"."source_id"
            ) AS "t11"
          ) AS "t13"
        ) AS "t15"
      ) AS "t19"
        ON "t28"."unit" = "t19"."counted_unit" AND "t19"."moment" >= "t28"."first"
    ) AS "t29"
    GROUP BY
      1
  ) AS "t31"
    ON "t28"."unit" = "t31"."counted_unit"
) AS "t32"
GROUP BY
  1
