SELECT
  "t2"."person" AS "person",
  MAX("t2"."moment") AS "last_at"
FROM (
  SELECT
    "t1"."person_id" AS "person",
    toUnixTimestamp64Micro("t1"."timestamp") AS "moment"
  FROM (
    SELECT
      *
    FROM "stored_events" AS "t0"
    WHERE
      "t0"."project_id" = 7 AND "t0"."name" = 'purchase'
  ) AS "t1"
) AS "t2"
GROUP BY
  "t2"."person"
