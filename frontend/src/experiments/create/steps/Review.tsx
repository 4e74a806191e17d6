import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { Link, useLocation } from "wouter";

import { api, ApiError, call, type Schemas } from "../../../api/client";
import { useProject, useProjectPath } from "../../../app/project";
import { Badge, Banner, type Tone } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { CodeBlock } from "../../../components/CodeBlock";
import { Dialog } from "../../../components/Dialog";
import { since } from "../../../components/format";
import { ErrorState, Skeleton } from "../../../components/States";
import { say } from "../../../components/Toasts";
import styles from "../Create.module.css";
import { experimentKey, rolloutOf, variantsOf, type Draft } from "../draft";
import { snippets } from "../snippets";
import type { StepId } from "../steps";

type Check = Schemas["LaunchCheckBody"];

const FACES: Record<Check["state"], { symbol: string; word: string; tone: Tone }> = {
  pass: { symbol: "✓", word: "Fine", tone: "fine" },
  warn: { symbol: "▲", word: "Look", tone: "caution" },
  fail: { symbol: "✕", word: "Missing", tone: "danger" },
};

/** Where each check can be put right. */
const STEPS: Partial<Record<Check["code"], StepId>> = {
  hypothesis: "idea",
  variants: "who",
  rollout: "who",
  primary_metric: "measure",
  metric_events: "measure",
  plan: "plan",
};

export function Review({ draft, onStep }: { draft: Draft; onStep: (step: StepId) => void }) {
  const path = useProjectPath();
  const { experiment, state } = draft;
  const checks = useQuery({
    queryKey: ["launch checks", path.project_id, experiment.id, experiment.updated_at],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiments/{experiment_id}/launch_checks/", {
          params: { path: { ...path, experiment_id: experiment.id } },
        }),
      ),
    enabled: state === "saved",
    refetchInterval: 10_000,
  });
  return (
    <div className={styles.step}>
      <h3>Before the launch</h3>
      {checks.error ? (
        <ErrorState error={checks.error} onRetry={() => void checks.refetch()} />
      ) : !checks.data ? (
        <Skeleton height={280} />
      ) : (
        <ul className={styles.checks}>
          {checks.data.checks.map((check) => (
            <CheckLine key={`${check.code} ${check.metric ?? ""}`} check={check} onStep={onStep} />
          ))}
        </ul>
      )}
      <h3>In the code</h3>
      <Snippets draft={draft} />
      <Launch draft={draft} isReady={checks.data?.is_ready ?? false} />
    </div>
  );
}

function CheckLine({ check, onStep }: { check: Check; onStep: (step: StepId) => void }) {
  const face = FACES[check.state];
  const step = STEPS[check.code];
  return (
    <li className={styles.check}>
      <Badge tone={face.tone} symbol={face.symbol}>
        {face.word}
      </Badge>
      <span>
        {check.message}
        {check.seen_at && <span className={styles.muted}> Last {since(check.seen_at)}.</span>}
      </span>
      {check.state !== "pass" && step && (
        <Button isSmall look="quiet" onPress={() => onStep(step)} aria-label={`Change: ${check.message}`}>
          Change
        </Button>
      )}
    </li>
  );
}

function Snippets({ draft }: { draft: Draft }) {
  const { api_token: token } = useProject();
  const variants = variantsOf(draft.experiment);
  const treatment = variants.find((one) => one.key !== "control") ?? variants[0];
  const all = snippets({
    host: window.location.origin,
    token,
    flag: draft.experiment.feature_flag_key,
    variant: treatment?.key ?? "test",
  });
  return (
    <Tabs className={styles.tabs ?? ""}>
      <TabList aria-label="Languages" className={styles.tabList ?? ""}>
        {all.map(({ id, label }) => (
          <Tab key={id} id={id} className={styles.tab ?? ""}>
            {label}
          </Tab>
        ))}
      </TabList>
      {all.map(({ id, label, code }) => (
        <TabPanel key={id} id={id}>
          <CodeBlock label={label} code={code} />
        </TabPanel>
      ))}
    </Tabs>
  );
}

function Launch({ draft, isReady }: { draft: Draft; isReady: boolean }) {
  const path = useProjectPath();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [isAsking, setAsking] = useState(false);
  const { experiment } = draft;
  const launch = useMutation({
    mutationFn: async () => {
      if (!(await draft.flush())) throw new Error("The draft could not be saved.");
      return call(
        api.POST("/api/projects/{project_id}/experiments/{experiment_id}/launch/", {
          params: { path: { ...path, experiment_id: experiment.id } },
        }),
      );
    },
    onSuccess: (launched) => {
      queries.setQueryData(experimentKey(path.project_id, experiment.id), launched);
      void queries.invalidateQueries({ queryKey: ["experiments", path.project_id] });
      say(`“${launched.name}” is running.`);
      go(`/experiments/${experiment.id}`);
    },
    onSettled: () => setAsking(false),
  });
  return (
    <>
      {launch.error && <LaunchRefusal error={launch.error} />}
      <div className={styles.forward}>
        {!isReady && <span className={styles.muted}>What is missing above has to be there first.</span>}
        <Button look="primary" isDisabled={!isReady} onPress={() => setAsking(true)}>
          Launch…
        </Button>
      </div>
      <Dialog
        title="Launch this experiment?"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        actions={
          <Button look="primary" isDisabled={launch.isPending} onPress={() => launch.mutate()}>
            Launch now
          </Button>
        }
      >
        <ul className={styles.plain}>
          <li>
            The flag <code>{experiment.feature_flag_key}</code> is switched on, for{" "}
            {rolloutOf(experiment)}% of those who may enter.
          </li>
          <li>Who sees which variant is counted from now on; what was before does not count.</li>
          <li>Variants cannot be added or removed any more.</li>
        </ul>
      </Dialog>
    </>
  );
}

const WAITING = ["approval_required", "change_request_pending"];

function LaunchRefusal({ error }: { error: Error }) {
  if (error instanceof ApiError && error.status === 409 && WAITING.includes(error.code)) {
    return (
      <Banner tone="caution" title="Waiting for approval." action={<Link href="/approvals">Approvals</Link>}>
        {error.message} The experiment is launched by launching it again once the change is approved.
      </Banner>
    );
  }
  return (
    <Banner tone="danger" title="Not launched.">
      {error.message}
    </Banner>
  );
}
