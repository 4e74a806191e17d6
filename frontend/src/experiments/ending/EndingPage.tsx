/** Ending an experiment: what the rule says, what is chosen, and what that does to the flag. */
import { useState } from "react";
import { Link, useParams } from "wouter";

import { Banner } from "../../components/Badge";
import { Button, ButtonLink } from "../../components/Button";
import { Choice, Select, TextField, type Option } from "../../components/Fields";
import { Page, Panel } from "../../components/Page";
import { EmptyState, ErrorState, PageSkeleton, Skeleton } from "../../components/States";
import { useExperiment, variantsOf } from "../page/experiment";
import { Refusal } from "../page/Refusal";
import { CONCLUSIONS } from "../page/status";
import { useResults } from "../results/results";
import { earlyLook } from "../results/words";
import styles from "./Ending.module.css";
import { FlagDiff } from "./FlagDiff";
import { contradiction, Rule } from "./Rule";
import {
  useEnd,
  usePreview,
  type Conclusion,
  type Decision,
  type Ending,
  type Experiment,
} from "./useEnding";

const END_ONLY = "end only";
const UNSAID = "unsaid";

export default function EndingPage() {
  const id = Number(useParams<{ id: string }>().id);
  const found = useExperiment(id);
  const results = useResults(id, null, Boolean(found.data?.start_date));
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  const experiment = found.data;
  if (!experiment) return <PageSkeleton />;
  const trail = [
    { label: "Experiments", href: "/experiments" },
    { label: experiment.name, href: `/experiments/${id}` },
  ];
  return (
    <Page title={experiment.end_date ? "Ship a variant" : "End the experiment"} trail={trail}>
      {experiment.start_date === null ? (
        <EmptyState
          title="This experiment has not been launched"
          action={<ButtonLink href={`/experiments/${id}/edit`}>Go on with the draft</ButtonLink>}
        >
          There is nothing to end yet.
        </EmptyState>
      ) : results.error ? (
        <>
          <Banner tone="caution" title="Results could not be computed.">
            {results.error.message} Ending is possible all the same.
          </Banner>
          <Choosing experiment={experiment} decisions={[]} early={null} />
        </>
      ) : results.data ? (
        <Choosing
          experiment={experiment}
          decisions={results.data.decisions}
          early={earlyLook(results.data)}
        />
      ) : (
        <Skeleton height={320} />
      )}
    </Page>
  );
}

interface ChoosingProps {
  experiment: Experiment;
  decisions: readonly Decision[];
  /** Why to be wary of what the rule says now. */
  early: string | null;
}

function Choosing({ experiment, decisions, early }: ChoosingProps) {
  const variants = variantsOf(experiment);
  const hasEnded = experiment.end_date !== null;
  const recommended = decisions.find((one) => one.should_ship)?.variant ?? null;
  const [ending, setEnding] = useState<Ending>({
    variant: recommended ?? (hasEnded ? (variants[0]?.key ?? null) : null),
    toEverybody: true,
    conclusion: experiment.conclusion ?? (recommended ? "won" : null),
    note: experiment.conclusion_comment ?? "",
  });
  const set = (part: Partial<Ending>) => setEnding((before) => ({ ...before, ...part }));
  const [hasConcluded, setConcluded] = useState(experiment.conclusion !== null);
  const choose = (variant: string | null) => {
    const suggested = variant !== null && variant === recommended ? "won" : null;
    set({ variant, ...(!hasConcluded && { conclusion: suggested }) });
  };
  const preview = usePreview(experiment, ending);
  const end = useEnd(experiment);
  const against = contradiction(ending.variant, decisions, "control");
  const lacksReason = against !== null && ending.note.trim() === "";
  const [wasAsked, setAsked] = useState(false);
  const act = () => {
    setAsked(true);
    if (!lacksReason) end.mutate(ending);
  };
  return (
    <div className={styles.page}>
      <Rule decisions={decisions} early={early} />
      <Panel title="What to do">
        <div className={styles.form}>
          <Choice
            label="Afterwards"
            value={ending.variant ?? END_ONLY}
            onChange={(id) => choose(id === END_ONLY ? null : id)}
            options={choices(experiment, recommended)}
          />
          {ending.variant !== null && (
            <Choice
              label="Who gets it"
              value={ending.toEverybody ? "everybody" : "same"}
              onChange={(who) => set({ toEverybody: who === "everybody" })}
              options={[
                { id: "everybody", label: "Everybody" },
                { id: "same", label: "The same audience", help: "Whom the flag's rules let in now." },
              ]}
            />
          )}
        </div>
      </Panel>
      {ending.variant === null ? (
        <Panel title="What happens to the flag">
          <p>
            Nothing: <code>{experiment.feature_flag_key}</code> goes on serving its variants. Only the
            counting ends.
          </p>
        </Panel>
      ) : (
        <FlagDiff preview={preview.data} error={preview.error} />
      )}
      <Panel title="Conclusion">
        <div className={styles.form}>
          <Select
            label="How it came out"
            value={ending.conclusion ?? UNSAID}
            onChange={(id) => {
              setConcluded(true);
              set({ conclusion: id === UNSAID ? null : (id as Conclusion) });
            }}
            options={OUTCOMES}
          />
          {against && (
            <Banner tone="caution" title={against}>
              Say why all the same; the reason is kept with the experiment.
            </Banner>
          )}
          <TextField
            label={against ? "Reason" : "Note"}
            isMultiline
            value={ending.note}
            onChange={(note) => set({ note })}
            isRequired={against !== null}
            error={wasAsked && lacksReason ? "Say why this goes against the rule." : null}
          />
        </div>
      </Panel>
      {end.error && <Refusal error={end.error} onClose={() => end.reset()} />}
      <div className={styles.actions}>
        <ButtonLink href={`/experiments/${experiment.id}`}>Cancel</ButtonLink>
        <Button look="primary" onPress={act} isDisabled={end.isPending}>
          {ending.variant === null ? "End the experiment" : `Ship ${ending.variant}`}
        </Button>
      </div>
      <Undoing hasFlagChange={ending.variant !== null} experiment={experiment} />
    </div>
  );
}

const OUTCOMES: readonly Option[] = [
  { id: UNSAID, label: "Not said" },
  ...Object.entries(CONCLUSIONS).map(([id, label]) => ({ id, label })),
];

function choices(experiment: Experiment, recommended: string | null): Option[] {
  const shipping = variantsOf(experiment).map(({ key, name }) => ({
    id: key,
    label: key === "control" ? "Keep what there was: ship control" : `Ship ${key}`,
    help: [name === key ? "" : name, key === recommended ? "What the rule says." : ""]
      .filter(Boolean)
      .join(" · "),
  }));
  if (experiment.end_date !== null) return shipping;
  return [
    { id: END_ONLY, label: "End only", help: "Stop counting; the flag goes on as it is." },
    ...shipping,
  ];
}

function Undoing({ hasFlagChange, experiment }: { hasFlagChange: boolean; experiment: Experiment }) {
  return (
    <p className={styles.muted}>
      How to undo it: <em>Reset</em> on the experiment's page makes a draft of it again
      {hasFlagChange && (
        <>
          , and every earlier state of the flag stands in{" "}
          <Link href={`/feature_flags/${experiment.feature_flag.id}/history`}>its history</Link>
        </>
      )}
      . Events stay in any case.
    </p>
  );
}
