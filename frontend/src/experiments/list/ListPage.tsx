import { useState } from "react";
import { useLocation } from "wouter";

import { Button, ButtonLink } from "../../components/Button";
import { count } from "../../components/format";
import { Page } from "../../components/Page";
import { useShortcut } from "../../components/shortcuts";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import { say } from "../../components/Toasts";
import { csvOf, download } from "./export";
import { ExperimentTable } from "./ExperimentTable";
import { Filters } from "./Filters";
import styles from "./List.module.css";
import {
  useArchive,
  useCompute,
  useExperiments,
  useStandings,
  type Experiment,
  type Standing,
} from "./useExperiments";
import { isNarrowed, PAGE_SIZE, useView, type Order, type View } from "./view";
import { ColumnChooser, SavedViews } from "./Views";

export default function ListPage() {
  const [view, change] = useView();
  const found = useExperiments(view);
  const [, go] = useLocation();
  useShortcut("n", "New experiment", () => go("/experiments/new"));
  return (
    <Page
      title="Experiments"
      summary={found.data ? summaryOf(found.data.count, view) : " "}
      actions={
        <ButtonLink href="/experiments/new" look="primary">
          New experiment
        </ButtonLink>
      }
    >
      <Filters view={view} onChange={change} />
      {found.error ? (
        <ErrorState
          error={found.error}
          onRetry={() => void found.refetch()}
          reassurance="Flags are served as before; only this list could not be read."
        />
      ) : !found.data ? (
        <ListSkeleton />
      ) : found.data.count === 0 ? (
        <Nothing view={view} onChange={change} />
      ) : (
        <Rows view={view} onChange={change} experiments={found.data.results} total={found.data.count} />
      )}
    </Page>
  );
}

function summaryOf(total: number, view: View): string {
  const what = view.isArchived ? "archived experiment" : "experiment";
  return `${count(total)} ${what}${total === 1 ? "" : "s"}${isNarrowed(view) ? " found" : ""}`;
}

interface RowsProps {
  view: View;
  onChange: (change: Partial<View>) => void;
  experiments: readonly Experiment[];
  total: number;
}

function Rows({ view, onChange, experiments, total }: RowsProps) {
  const standings = useStandings(experiments.map((one) => one.id));
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  // What was chosen counts only as long as it can be seen.
  const selected = new Set(experiments.map((one) => one.id).filter((id) => chosen.has(id)));
  const sort = (order: Order) =>
    onChange({
      order,
      isDescending: view.order === order ? !view.isDescending : order !== "name",
    });
  return (
    <>
      <div className={styles.tools}>
        <SavedViews view={view} />
        <ColumnChooser view={view} onChange={onChange} />
        <Button onPress={() => download("experiments.csv", csvOf(view, experiments, standings))}>
          Export CSV
        </Button>
        <Computing experiments={experiments} standings={standings} />
        {selected.size > 0 && (
          <Archiving view={view} selected={selected} onDone={() => setChosen(new Set())} />
        )}
      </div>
      <ExperimentTable
        {...{ view, experiments, standings, selected }}
        onSort={sort}
        onSelect={setChosen}
      />
      <Pager page={view.page} total={total} onTurn={(page) => onChange({ page })} />
    </>
  );
}

interface ComputingProps {
  experiments: readonly Experiment[];
  standings: ReadonlyMap<number, Standing> | undefined;
}

/** Results are computed when somebody asks; from here for all that nobody has asked for lately. */
function Computing({ experiments, standings }: ComputingProps) {
  const compute = useCompute();
  const missing = experiments
    .filter((one) => one.start_date !== null && one.metrics.length + one.saved_metrics.length > 0)
    .map((one) => one.id)
    .filter((id) => standings?.get(id)?.primary === null);
  if (missing.length === 0) return null;
  return (
    <Button
      onPress={() => compute.mutate(missing, { onError: (error) => say(error.message) })}
      isDisabled={compute.isPending}
    >
      {compute.isPending
        ? `Computing, ${count(missing.length)} to go…`
        : `Compute ${count(missing.length)} missing`}
    </Button>
  );
}

function Archiving(props: { view: View; selected: ReadonlySet<number>; onDone: () => void }) {
  const { view, selected, onDone } = props;
  const archive = useArchive();
  const isArchived = !view.isArchived;
  const act = () =>
    archive.mutate(
      { ids: [...selected], isArchived },
      {
        onSuccess: (refusals) => {
          const done = selected.size - refusals.size;
          const [reason] = refusals.values();
          const verb = isArchived ? "Archived" : "Brought back";
          const left = reason ? ` ${count(refusals.size)} stayed: ${reason}` : "";
          say(`${verb} ${count(done)} of ${count(selected.size)}.${left}`);
          onDone();
        },
        onError: (error) => say(error.message),
      },
    );
  return (
    <span className={styles.bulk}>
      <span role="status">{count(selected.size)} selected</span>
      <Button onPress={act} isDisabled={archive.isPending}>
        {isArchived ? "Archive" : "Bring back"}
      </Button>
    </span>
  );
}

interface PagerProps {
  page: number;
  total: number;
  onTurn: (page: number) => void;
}

function Pager({ page, total, onTurn }: PagerProps) {
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
  if (last === 1) return null;
  return (
    <nav aria-label="Pages" className={styles.pager}>
      <Button isDisabled={page <= 1} onPress={() => onTurn(page - 1)}>
        Previous
      </Button>
      <span>
        Page {count(page)} of {count(last)}
      </span>
      <Button isDisabled={page >= last} onPress={() => onTurn(page + 1)}>
        Next
      </Button>
    </nav>
  );
}

function Nothing({ view, onChange }: { view: View; onChange: (change: Partial<View>) => void }) {
  if (isNarrowed(view)) {
    return (
      <EmptyState
        title="No experiment fits"
        action={
          <Button
            onPress={() =>
              onChange({ search: "", status: "all", owner: "", type: "all", isArchived: false })
            }
          >
            Clear filters
          </Button>
        }
      >
        Nothing matches the search and filters above.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No experiments yet"
      action={
        <ButtonLink href="/experiments/new" look="primary">
          Create the first experiment
        </ButtonLink>
      }
    >
      Here stands every experiment with its result so far, its health and the time it still needs. An
      experiment begins with an idea, a flag and a metric; it takes about five minutes to set up.
    </EmptyState>
  );
}

function ListSkeleton() {
  return (
    <div role="status" className={styles.skeleton}>
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: 10 }, (_, row) => (
        <Skeleton key={row} height={54} />
      ))}
    </div>
  );
}
