import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "wouter";

import { date } from "../components/format";
import { ErrorState, Skeleton } from "../components/States";
import { StatusTag, type Status } from "../components/StatusTag";
import { Table } from "../components/Table";
import styles from "./Metrics.module.css";
import type { UsingExperiment } from "./useMetrics";

export function UsedBy({ users }: { users: UseQueryResult<{ results: UsingExperiment[] }> }) {
  if (users.error) return <ErrorState error={users.error} onRetry={() => void users.refetch()} />;
  if (!users.data) return <Skeleton height={80} />;
  if (users.data.results.length === 0) {
    return <p className={styles.note}>No experiment has this metric yet.</p>;
  }
  return <UsingExperiments experiments={users.data.results} />;
}

export function UsingExperiments({ experiments }: { experiments: readonly UsingExperiment[] }) {
  return (
    <Table
      caption="Experiments that have this metric"
      rows={experiments}
      keyOf={(one) => one.id}
      columns={[
        {
          id: "name",
          title: "Experiment",
          isRowHeader: true,
          cell: (one) => <Link href={`/experiments/${one.id}`}>{one.name}</Link>,
        },
        { id: "status", title: "Status", cell: (one) => <StatusTag status={one.status as Status} /> },
        { id: "role", title: "Role", cell: (one) => one.role ?? "–" },
        { id: "start", title: "Started", cell: (one) => date(one.start_date) },
      ]}
    />
  );
}
