/** The tab *Overview*: the question, who is in it, and what the primary metrics say. */
import { Link } from "wouter";

import { Badge } from "../../components/Badge";
import { ButtonLink } from "../../components/Button";
import { percent } from "../../components/format";
import { Panel } from "../../components/Page";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import { Table, type Column } from "../../components/Table";
import { VariantTag } from "../../components/VariantTag";
import { ExposuresChart } from "../health/ExposuresChart";
import { useResults } from "../results/results";
import { Legend } from "../results/Legend";
import { ResultsTable } from "../results/ResultsTable";
import type { View } from "../results/view";
import { isReadOnly, variantsOf, type Experiment, type Variant } from "./experiment";
import type { Health } from "./health";
import styles from "./Overview.module.css";
import { CONCLUSIONS } from "./status";

export function Overview({ experiment, health }: { experiment: Experiment; health: Health | undefined }) {
  return (
    <>
      {experiment.conclusion && <Conclusion experiment={experiment} />}
      <div className={styles.columns}>
        <Panel title="Hypothesis">
          {experiment.description ? (
            <p className={styles.text}>{experiment.description}</p>
          ) : (
            <p className={styles.muted}>
              None was written down. <Link href={`/experiments/${experiment.id}/setup`}>Write one</Link>, so
              that the result has a question to answer.
            </p>
          )}
        </Panel>
        <Panel title="Variants">
          <Variants experiment={experiment} health={health} />
        </Panel>
      </div>
      <Panel
        title="Primary metrics"
        aside={<Link href={`/experiments/${experiment.id}/results`}>All results</Link>}
      >
        <Primary experiment={experiment} />
      </Panel>
      <Panel title="Exposures">
        <ExposuresChart experiment={experiment} />
      </Panel>
    </>
  );
}

function Conclusion({ experiment }: { experiment: Experiment }) {
  if (!experiment.conclusion) return null;
  return (
    <Panel title="Conclusion" aside={<Badge>{CONCLUSIONS[experiment.conclusion]}</Badge>}>
      <p className={styles.text}>{experiment.conclusion_comment || "No note was left."}</p>
    </Panel>
  );
}

function Variants({ experiment, health }: { experiment: Experiment; health: Health | undefined }) {
  const variants = variantsOf(experiment);
  const totals = health?.exposures?.by_variant;
  const columns: Column<Variant>[] = [
    {
      id: "variant",
      title: "Variant",
      isRowHeader: true,
      cell: (variant) => <VariantTag index={variants.indexOf(variant)} name={variant.name} />,
    },
    { id: "key", title: "Key", cell: (variant) => <code>{variant.key}</code> },
    {
      id: "share",
      title: "Share",
      isNumber: true,
      cell: ({ share }) => (share === null ? "–" : percent(share / 100, 0)),
    },
    {
      id: "units",
      title: "Units",
      isNumber: true,
      cell: ({ key }) => (totals ? (totals[key] ?? 0).toLocaleString() : "–"),
    },
  ];
  return <Table caption="Variants of the flag" columns={columns} rows={variants} keyOf={(one) => one.key} />;
}

const VIEW: View = {
  baseline: null,
  difference: "relative",
  breakdown: null,
  density: "comfortable",
  isCompatShown: false,
};

function Primary({ experiment }: { experiment: Experiment }) {
  const isLaunched = experiment.start_date !== null;
  const results = useResults(experiment.id, null, isLaunched);
  if (!isLaunched) return <p className={styles.muted}>There are results from the launch on.</p>;
  if (results.error) {
    return (
      <ErrorState
        error={results.error}
        onRetry={() => void results.refetch()}
        reassurance="Assignments continue and events are kept; only the analysis failed."
      />
    );
  }
  if (!results.data) return <Skeleton height={180} />;
  if (!results.data.metrics.some((one) => one.role === "primary")) {
    return (
      <EmptyState
        title="No primary metric"
        action={
          !isReadOnly(experiment) && (
            <ButtonLink href={`/experiments/${experiment.id}/setup`}>Add a metric</ButtonLink>
          )
        }
      >
        A primary metric is what the experiment is decided by.
      </EmptyState>
    );
  }
  return (
    <>
      <ResultsTable
        experiment={experiment}
        variants={variantsOf(experiment)}
        results={results.data}
        view={VIEW}
        onRetry={() => void results.refetch()}
        roles={["primary"]}
      />
      <Legend results={results.data} />
    </>
  );
}
