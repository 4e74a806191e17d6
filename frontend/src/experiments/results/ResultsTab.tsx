/** The tab *Results*: how to look at them, and all of them. */
import { useCallback } from "react";

import { Banner } from "../../components/Badge";
import { ButtonLink } from "../../components/Button";
import { EmptyState, ErrorState } from "../../components/States";
import { isReadOnly, variantsOf, type Experiment } from "../page/experiment";
import { ControlBar } from "./ControlBar";
import { Legend } from "./Legend";
import { useResults, type Results } from "./results";
import { ResultsSkeleton, ResultsTable } from "./ResultsTable";
import { useView, type View } from "./view";

export function ResultsTab({ experiment }: { experiment: Experiment }) {
  const [view, changeView] = useView();
  const variants = variantsOf(experiment);
  const isLaunched = experiment.start_date !== null;
  const results = useResults(experiment.id, view.baseline, isLaunched);
  const onChange = useCallback((change: Partial<View>) => changeView(change), [changeView]);
  const metrics = experiment.metrics.length + experiment.metrics_secondary.length + experiment.saved_metrics.length;
  if (!isLaunched) return <NotLaunched />;
  if (metrics === 0) return <NoMetrics experiment={experiment} />;
  return (
    <>
      <ControlBar
        experiment={experiment}
        variants={variants}
        results={results.data}
        view={view}
        onChange={onChange}
      />
      <p className="visually-hidden" role="status">
        {said(results.data, results.isFetching)}
      </p>
      {results.error && (
        <ErrorState
          error={results.error}
          onRetry={() => void results.refetch()}
          reassurance="Assignments continue and events are kept; only the analysis failed."
        />
      )}
      {results.data?.doubt && <Doubt results={results.data} experiment={experiment} />}
      {results.data ? (
        <>
          <ResultsTable
            experiment={experiment}
            variants={variants}
            results={results.data}
            view={view}
            onRetry={() => void results.refetch()}
          />
          <Legend results={results.data} />
        </>
      ) : (
        !results.error && <ResultsSkeleton experiment={experiment} variants={variants.length} />
      )}
    </>
  );
}

function Doubt({ results, experiment }: { results: Results; experiment: Experiment }) {
  return (
    <Banner
      tone="danger"
      title="These results cannot be trusted yet."
      action={<ButtonLink href={`/experiments/${experiment.id}/health`}>See what is wrong</ButtonLink>}
    >
      {results.doubt?.message} Intervals are hatched.
    </Banner>
  );
}

function NotLaunched() {
  return (
    <EmptyState title="No results before the launch">
      Results appear here as soon as the experiment is launched and the first units are exposed.
    </EmptyState>
  );
}

function NoMetrics({ experiment }: { experiment: Experiment }) {
  return (
    <EmptyState
      title="Nothing is measured"
      action={
        !isReadOnly(experiment) && (
          <ButtonLink href={`/experiments/${experiment.id}/setup`}>Add a metric</ButtonLink>
        )
      }
    >
      The experiment has no metric, so there is nothing to compare. Metrics added now count from
      the launch on, as events are kept.
    </EmptyState>
  );
}

function said(results: Results | undefined, isFetching: boolean): string {
  if (!results) return isFetching ? "Results are being computed." : "";
  const failed = results.metrics.filter((one) => one.reason !== null).length;
  const all = results.metrics.length === 1 ? "1 metric is there" : `${results.metrics.length} metrics are there`;
  return failed ? `${all}, ${failed} of them could not be computed.` : `${all}.`;
}
