import { useEffect, useRef, useState } from "react";

import { useProject } from "../app/project";
import { Button, ButtonLink } from "../components/Button";
import { announce } from "../components/announce";
import { Page } from "../components/Page";
import { ErrorState, Skeleton } from "../components/States";
import { useCompute, useStandings } from "../experiments/list/useExperiments";
import { Connect, FirstSteps } from "./FirstSteps";
import styles from "./Home.module.css";
import { listsOf, type Experiment, type Standing } from "./lists";
import { Decided, Drafts, ExperimentList, Waiting } from "./sections";
import { useHome, useWaiting } from "./useHome";

/** What needs somebody, what needs a decision, what runs, and what was decided. */
export default function HomePage() {
  const home = useHome();
  if (home.error && !home.data) {
    return (
      <Page title="Home">
        <ErrorState
          error={home.error}
          onRetry={home.refetch}
          reassurance="Flags are still served and events still taken in."
        />
      </Page>
    );
  }
  if (!home.data) {
    return (
      <Page title="Home">
        <div className={styles.lists}>
          <Skeleton height={140} />
          <Skeleton height={140} />
        </div>
      </Page>
    );
  }
  if (home.data.isEmpty) return <FirstSteps />;
  const { live, drafts, decided } = home.data;
  return <Standings live={live} drafts={drafts} decided={decided} />;
}

function Standings({
  live,
  drafts,
  decided,
}: {
  live: readonly Experiment[];
  drafts: readonly Experiment[];
  decided: readonly Experiment[];
}) {
  // An experiment needs events: until the first one, how to send it stays at hand.
  const { ingested_event: hasEvents } = useProject();
  const [hadNoEvent] = useState(!hasEvents);
  const standings = useStandings(live.map((one) => one.id));
  const waiting = useWaiting();
  const compute = useComputeMissing(live, standings);
  const lists = listsOf(live, standings);
  return (
    <Page
      title="Home"
      actions={
        <>
          <Button
            onPress={() => compute.mutate(live.map((one) => one.id))}
            isPending={compute.isPending}
            isDisabled={live.length === 0}
          >
            {compute.isPending ? "Reading results…" : "Update results"}
          </Button>
          <ButtonLink href="/experiments/new" look="primary">
            New experiment
          </ButtonLink>
        </>
      }
    >
      {compute.error && <ErrorState error={compute.error} />}
      <div className={styles.lists}>
        {hadNoEvent && <Connect />}
        <ExperimentList
          title="Act now"
          isAlarming
          rows={lists.act}
          empty={waiting.length > 0 ? null : "Nothing needs you: no alarm, no approval."}
        >
          <Waiting changes={waiting} />
        </ExperimentList>
        <ExperimentList
          title="Decide"
          rows={lists.decide}
          empty="No experiment is ready to ship or has reached its planned size."
        />
        <ExperimentList title="Running" rows={lists.running} empty="No experiment is running." />
        <Drafts experiments={drafts} />
        <Decided experiments={decided} />
      </div>
    </Page>
  );
}

const MOST_AT_ONCE = 10;

/** Reads once what nobody has asked for lately: a list of what is kept would miss alarms. */
function useComputeMissing(
  live: readonly Experiment[],
  standings: ReadonlyMap<number, Standing> | undefined,
) {
  const compute = useCompute();
  const hasAsked = useRef(false);
  useEffect(() => {
    if (hasAsked.current || !standings) return;
    hasAsked.current = true;
    const missing = live
      .map((one) => one.id)
      .filter((id) => standings.get(id)?.units === null)
      .slice(0, MOST_AT_ONCE);
    if (missing.length === 0) return;
    announce("Reading results of running experiments.");
    compute.mutate(missing);
  });
  return compute;
}
