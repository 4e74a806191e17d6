/** Who changed what, newest first. */
import { useQuery } from "@tanstack/react-query";

import { api, call, type Schemas } from "../api/client";
import { useProjectPath } from "../app/project";
import styles from "./ActivityLog.module.css";
import { Difference } from "./Difference";
import { dateTime, since } from "./format";
import { EmptyState, ErrorState, Skeleton } from "./States";

type Entry = Schemas["EntryBody"];
type FieldChange = Schemas["FieldChangeBody"];

interface Props {
  scope: "Experiment" | "FeatureFlag";
  itemId: number | string;
  /** Shared metrics and holdouts stand in the scope of experiments, with numbers of their own. */
  detailType?: "shared_metric" | "holdout" | null;
  /** A field's value as lines for people; JSON without it. */
  linesOf?: (field: string, value: unknown) => string[] | null;
}

const MOST = "100";

export function ActivityLog({ scope, itemId, detailType = null, linesOf }: Props) {
  const path = useProjectPath();
  const log = useQuery({
    queryKey: ["activity", path.project_id, scope, itemId],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/activity_log/", {
          params: { path, query: { scope, item_id: String(itemId), limit: MOST } },
        }),
      ),
    staleTime: 0,
  });
  if (log.error) return <ErrorState error={log.error} onRetry={() => void log.refetch()} />;
  if (!log.data) return <Skeleton height={160} />;
  const entries = log.data.results.filter((entry) => entry.detail.type === detailType);
  if (entries.length === 0) {
    return <EmptyState title="Nothing yet">Every change will be listed here.</EmptyState>;
  }
  return (
    <ol className={styles.log}>
      {entries.map((entry) => (
        <li key={entry.id} className={styles.entry}>
          <p className={styles.head}>
            <strong>{entry.user ? nameOf(entry.user) : "The system"}</strong> {entry.activity}{" "}
            <span className={styles.name}>{entry.detail.name}</span>{" "}
            <time dateTime={entry.created_at} title={dateTime(entry.created_at)}>
              {since(entry.created_at)}
            </time>
          </p>
          {entry.activity !== "created" && <Changes entry={entry} linesOf={linesOf} />}
        </li>
      ))}
    </ol>
  );
}

export function nameOf(user: Schemas["UserBlock"]): string {
  return [user.first_name, user.last_name].filter(Boolean).join(" ") || user.email;
}

function Changes({ entry, linesOf }: { entry: Entry; linesOf: Props["linesOf"] }) {
  const changes = entry.detail.changes;
  if (changes.length === 0) return null;
  return (
    <details className={styles.changes}>
      <summary>
        {changes.map((change) => nameOfField(change.field)).join(", ")}
      </summary>
      {changes.map((change) => (
        <div key={change.field}>
          <p className={styles.field}>{nameOfField(change.field)}</p>
          <Difference before={shown(change, "before", linesOf)} after={shown(change, "after", linesOf)} />
        </div>
      ))}
    </details>
  );
}

/** Fields whose own names say too little. */
const FIELDS: Record<string, string> = {
  start_date: "launch",
  end_date: "end",
  primary_metrics_ordered_uuids: "order of primary metrics",
  secondary_metrics_ordered_uuids: "order of secondary metrics",
  metrics: "primary metrics",
  metrics_secondary: "secondary metrics",
  saved_metrics: "shared metrics",
  stats_config: "statistics",
  exposure_criteria: "who counts",
  conclusion_comment: "note on the conclusion",
};

const nameOfField = (field: string) => FIELDS[field] ?? field.replaceAll("_", " ");

function shown(change: FieldChange, side: "before" | "after", linesOf: Props["linesOf"]): string[] {
  const value = change[side];
  const lines = linesOf?.(change.field, value);
  if (lines) return lines;
  if (value === null || value === undefined || value === "") return [];
  return typeof value === "string" ? value.split("\n") : JSON.stringify(value, null, 2).split("\n");
}
