import { useState } from "react";
import { Link, useLocation } from "wouter";

import { ButtonLink } from "../components/Button";
import { TextField } from "../components/Fields";
import { count, since } from "../components/format";
import { Page } from "../components/Page";
import { useShortcut } from "../components/shortcuts";
import { EmptyState, ErrorState, Skeleton } from "../components/States";
import { Table, type Column } from "../components/Table";
import { describeMetric, TYPE_NAMES, TYPE_SYMBOLS } from "./describe";
import styles from "./Metrics.module.css";
import { documentOf, useSharedMetrics, type SharedMetric } from "./useMetrics";

const NEW = "/experiments/shared-metrics/new";

export default function MetricsPage() {
  const found = useSharedMetrics();
  const [search, setSearch] = useState("");
  const [, go] = useLocation();
  useShortcut("n", "New metric", () => go(NEW));
  const all = found.data?.results ?? [];
  const shown = all.filter((metric) => textOf(metric).includes(search.toLowerCase()));
  return (
    <Page
      title="Shared metrics"
      summary="Written once, measured the same in every experiment that has them."
      actions={
        <ButtonLink href={NEW} look="primary">
          New metric
        </ButtonLink>
      }
    >
      {found.error ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <Skeleton height={240} />
      ) : all.length === 0 ? (
        <EmptyState
          title="No shared metrics yet"
          action={
            <ButtonLink href={NEW} look="primary">
              New metric
            </ButtonLink>
          }
        >
          A metric that several experiments have means the same in all of them, and is changed in one
          place. Metrics that only one experiment needs can be written there.
        </EmptyState>
      ) : (
        <>
          <search className={styles.fields}>
            <TextField
              label="Search"
              isLabelHidden
              type="search"
              placeholder="Search by name, tag or event"
              value={search}
              onChange={setSearch}
            />
          </search>
          {shown.length === 0 ? (
            <p>No metric fits “{search}”.</p>
          ) : (
            <Table caption="Shared metrics" columns={COLUMNS} rows={shown} keyOf={(metric) => metric.id} />
          )}
        </>
      )}
    </Page>
  );
}

const textOf = (metric: SharedMetric) =>
  [metric.name, metric.description, ...metric.tags, describeMetric(documentOf(metric))]
    .join(" ")
    .toLowerCase();

const COLUMNS: readonly Column<SharedMetric>[] = [
  {
    id: "name",
    title: "Name",
    isRowHeader: true,
    cell: (metric) => (
      <>
        <Link href={`/experiments/shared-metrics/${metric.id}`}>{metric.name}</Link>
        <p className={styles.note}>{describeMetric(documentOf(metric))}</p>
      </>
    ),
  },
  {
    id: "kind",
    title: "Kind",
    cell: (metric) => {
      const type = documentOf(metric).metric_type;
      return (
        <>
          <span aria-hidden="true">{TYPE_SYMBOLS[type]} </span>
          {TYPE_NAMES[type] ?? "Older kind"}
        </>
      );
    },
  },
  {
    id: "goal",
    title: "Goal",
    cell: (metric) => (documentOf(metric).goal === "decrease" ? "▼ Lower is better" : "▲ Higher is better"),
  },
  {
    id: "used",
    title: "Used by",
    cell: (metric) => {
      const used = metric.experiment_set.length;
      return used ? `${count(used)} ${used === 1 ? "experiment" : "experiments"}` : "Nothing yet";
    },
  },
  { id: "updated", title: "Changed", cell: (metric) => since(metric.updated_at) },
];
