/** One metric of an experiment: its result over time, its steps, its segments, its sums. */
import { useParams, useSearchParams } from "wouter";

import { NotFound } from "../../app/NotFound";
import { Page, Panel } from "../../components/Page";
import { ErrorState, PageSkeleton } from "../../components/States";
import { TabLinks } from "../../components/TabLinks";
import { describeMetric, nameOfMetric } from "../../metrics/describe";
import { useExperiment, variantsOf, type Experiment } from "../page/experiment";
import { Badges } from "../results/MetricGroup";
import { documentOf, useResults, type Outcome, type Results } from "../results/results";
import { Legend } from "../results/Legend";
import { ResultsTable } from "../results/ResultsTable";
import { useView } from "../results/view";
import { typeOf } from "../results/words";
import { Debug } from "./Debug";
import { FunnelChart } from "./FunnelChart";
import styles from "./Metric.module.css";
import { SegmentsView } from "./SegmentsView";
import { TimeSeries } from "./TimeSeries";

type Params = { id: string; metric: string; view?: string };

export default function MetricResultPage() {
  const { id, metric, view } = useParams<Params>();
  const experiment = useExperiment(Number(id));
  const [search] = useSearchParams();
  const isLaunched = experiment.data?.start_date != null;
  const results = useResults(Number(id), search.get("baseline"), isLaunched);
  const error = experiment.error ?? results.error;
  if (error) {
    return (
      <ErrorState
        error={error}
        onRetry={() => void (experiment.error ? experiment : results).refetch()}
        reassurance="Assignments continue and events are kept; only the analysis failed."
      />
    );
  }
  if (experiment.data && !isLaunched) return <NotFound />;
  if (!experiment.data || !results.data) return <PageSkeleton />;
  const outcome = results.data.metrics.find((one) => one.key === decodeURIComponent(metric));
  if (!outcome) return <NotFound />;
  return (
    <Loaded
      experiment={experiment.data}
      results={results.data}
      outcome={outcome}
      view={view ?? "overview"}
      onRetry={() => void results.refetch()}
    />
  );
}

interface Props {
  experiment: Experiment;
  results: Results;
  outcome: Outcome;
  view: string;
  onRetry: () => void;
}

function Loaded({ experiment, results, outcome, view, onRetry }: Props) {
  const base = `/experiments/${experiment.id}`;
  const here = `${base}/metrics/${encodeURIComponent(outcome.key)}`;
  const search = window.location.search;
  const isFunnel = typeOf(outcome) === "funnel";
  const tabs = [
    { id: "overview", label: "Overview", href: here + search },
    ...(isFunnel ? [{ id: "funnel", label: "Funnel", href: `${here}/funnel${search}` }] : []),
    { id: "segments", label: "Segments", href: `${here}/segments${search}` },
    { id: "debug", label: "Debug", href: `${here}/debug${search}` },
  ];
  const variants = variantsOf(experiment);
  if (!tabs.some((one) => one.id === view)) return <NotFound />;
  return (
    <Page
      title={outcome.name ?? nameOfMetric(documentOf(outcome))}
      trail={[
        { label: "Experiments", href: "/experiments" },
        { label: experiment.name, href: base },
        { label: "Results", href: `${base}/results${search}` },
      ]}
      summary={
        <>
          <p>{describeMetric(documentOf(outcome))}</p>
          <p className={styles.badges}>
            <Badges outcome={outcome} />
          </p>
        </>
      }
    >
      <TabLinks label="Parts of the result" tabs={tabs} here={view} />
      {view === "overview" && (
        <Overview experiment={experiment} results={results} outcome={outcome} onRetry={onRetry} />
      )}
      {view === "funnel" && <FunnelChart outcome={outcome} variants={variants} />}
      {view === "segments" && (
        <SegmentsView experiment={experiment} outcome={outcome} variants={variants} />
      )}
      {view === "debug" && <Debug outcome={outcome} variants={variants} />}
    </Page>
  );
}

function Overview({ experiment, results, outcome, onRetry }: Omit<Props, "view">) {
  const [view] = useView();
  return (
    <>
      <ResultsTable
        experiment={experiment}
        variants={variantsOf(experiment)}
        results={{ ...results, metrics: [outcome] }}
        view={{ ...view, breakdown: null }}
        onRetry={onRetry}
      />
      <Legend results={results} />
      <Panel title="Effect over time">
        <TimeSeries experiment={experiment} outcome={outcome} />
      </Panel>
    </>
  );
}
