import { lazy, Suspense, useState } from "react";
import { useParams } from "wouter";

import type { ApiError } from "../../api/client";
import { NotFound } from "../../app/NotFound";
import { ActivityLog } from "../../components/ActivityLog";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { CopyButton } from "../../components/CodeBlock";
import { date } from "../../components/format";
import { Page } from "../../components/Page";
import { ErrorState, PageSkeleton, Skeleton } from "../../components/States";
import { StatusTag } from "../../components/StatusTag";
import { TabLinks } from "../../components/TabLinks";
import { useResults } from "../results/results";
import { ResultsTab } from "../results/ResultsTab";
import { Actions } from "./Actions";
import { isReadOnly, useExperiment, type Experiment } from "./experiment";
import styles from "./Header.module.css";
import { useHealth } from "./health";
import { Lamps } from "./Lamps";
import { NameForm } from "./Name";
import { Overview } from "./Overview";
import { Refusal } from "./Refusal";
import { CONCLUSIONS } from "./status";

// Not on the first screenful: each comes when its tab is opened.
const HealthTab = lazy(() => import("../health/HealthTab"));
const Setup = lazy(() => import("./setup/Setup"));

export default function ExperimentPage() {
  const { id, tab } = useParams<{ id: string; tab?: string }>();
  const number = Number(id);
  const experiment = useExperiment(number);
  if (!Number.isInteger(number)) return <NotFound />;
  if (experiment.data) return <Loaded experiment={experiment.data} tab={tab ?? "overview"} />;
  if (experiment.error) {
    return <ErrorState error={experiment.error} onRetry={() => void experiment.refetch()} />;
  }
  return <PageSkeleton />;
}

const TABS = [
  { id: "overview", label: "Overview" },
  { id: "results", label: "Results" },
  { id: "health", label: "Health" },
  { id: "setup", label: "Setup" },
  { id: "activity", label: "Activity" },
];

function Loaded({ experiment, tab }: { experiment: Experiment; tab: string }) {
  const [refused, setRefused] = useState<ApiError | null>(null);
  const [isRenaming, setRenaming] = useState(false);
  const health = useHealth(experiment.id);
  const results = useResults(experiment.id, null, experiment.start_date !== null);
  const base = `/experiments/${experiment.id}`;
  if (!TABS.some((one) => one.id === tab)) return <NotFound />;
  return (
    <Page
      title={experiment.name}
      trail={[{ label: "Experiments", href: "/experiments" }]}
      summary={<Summary experiment={experiment} onRename={() => setRenaming(true)} />}
      actions={<Actions experiment={experiment} onRefused={setRefused} />}
    >
      {isRenaming && <NameForm experiment={experiment} onClose={() => setRenaming(false)} />}
      {refused && <Refusal error={refused} onClose={() => setRefused(null)} />}
      <Lamps experiment={experiment} health={health.data} results={results.data} />
      <TabLinks
        label="Parts of the experiment"
        here={tab}
        tabs={TABS.map((one) => ({
          ...one,
          href: one.id === "overview" ? base : `${base}/${one.id}`,
          count: one.id === "health" ? health.data?.findings.length : undefined,
        }))}
      />
      <Suspense fallback={<Skeleton height={320} />}>
        {tab === "overview" && <Overview experiment={experiment} health={health.data} />}
        {tab === "results" && <ResultsTab experiment={experiment} />}
        {tab === "health" && <HealthTab experiment={experiment} />}
        {tab === "setup" && <Setup experiment={experiment} />}
        {tab === "activity" && <ActivityLog scope="Experiment" itemId={experiment.id} />}
      </Suspense>
    </Page>
  );
}

function Summary({ experiment, onRename }: { experiment: Experiment; onRename: () => void }) {
  const owner = experiment.created_by;
  return (
    <div className={styles.line}>
      <StatusTag status={experiment.status} />
      {experiment.conclusion && <Badge>{CONCLUSIONS[experiment.conclusion]}</Badge>}
      {experiment.archived && <Badge>Archived</Badge>}
      <span className={styles.key}>
        Flag <code>{experiment.feature_flag_key}</code>
        <CopyButton text={experiment.feature_flag_key} what="the flag’s key" />
      </span>
      <span>{dates(experiment)}</span>
      {owner && <span>by {owner.first_name || owner.email}</span>}
      {!isReadOnly(experiment) && (
        <Button isSmall look="quiet" onPress={onRename}>
          Rename
        </Button>
      )}
    </div>
  );
}

function dates(experiment: Experiment): string {
  if (!experiment.start_date) return `created ${date(experiment.created_at)}`;
  const ended = experiment.end_date ? ` to ${date(experiment.end_date)}` : "";
  return `${ended ? "" : "since "}${date(experiment.start_date)}${ended}`;
}
