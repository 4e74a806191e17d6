/** Five steps from an idea to a launched experiment; the draft is saved as it changes. */
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearchParams } from "wouter";

import { api, call } from "../../api/client";
import { useProjectPath } from "../../app/project";
import { Banner } from "../../components/Badge";
import { Button, ButtonLink } from "../../components/Button";
import { Page } from "../../components/Page";
import { EmptyState, ErrorState, PageSkeleton } from "../../components/States";
import { Consequences } from "./Consequences";
import styles from "./Create.module.css";
import { experimentKey, generalError, useDraft, type Draft, type Experiment } from "./draft";
import { useKeptPlan, useOutlook } from "./outlook";
import { STEPS, type StepId } from "./steps";
import { Idea } from "./steps/Idea";
import { Measure } from "./steps/Measure";
import { NewDraft } from "./steps/NewDraft";
import { Plan } from "./steps/Plan";
import { Review } from "./steps/Review";
import { Who } from "./steps/Who";

const TRAIL = [{ label: "Experiments", href: "/experiments" }];

export default function CreatePage() {
  const { id } = useParams<{ id?: string }>();
  if (id === undefined) return <Beginning />;
  return <Stored id={Number(id)} />;
}

function Beginning() {
  return (
    <Page title="New experiment" trail={TRAIL} summary="Nothing is served to anybody before the launch.">
      <Stepper current="idea" />
      <div className={styles.layout}>
        <NewDraft />
        <aside className={styles.aside} aria-label="What will happen">
          <h2>What will happen</h2>
          <p>
            The draft is saved with its flag, which stays off. Then come four short steps in any order:
            who sees what, what is measured, how long it takes, and a check before the launch.
          </p>
          <p className={styles.muted}>It can be left at any time and gone on with later.</p>
        </aside>
      </div>
    </Page>
  );
}

function Stored({ id }: { id: number }) {
  const path = useProjectPath();
  const found = useQuery({
    queryKey: experimentKey(path.project_id, id),
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiments/{experiment_id}/", {
          params: { path: { ...path, experiment_id: id } },
        }),
      ),
  });
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <PageSkeleton />;
  if (found.data.status !== "draft") {
    return (
      <Page title={found.data.name} trail={TRAIL}>
        <EmptyState
          title="This experiment has been launched"
          action={<ButtonLink href={`/experiments/${id}`}>Open the experiment</ButtonLink>}
        >
          What can still be changed stands on its page under Setup.
        </EmptyState>
      </Page>
    );
  }
  return <Wizard key={id} stored={found.data} />;
}

function Wizard({ stored }: { stored: Experiment }) {
  const draft = useDraft(stored);
  const [params, setParams] = useSearchParams();
  const current = STEPS.find(({ id }) => id === params.get("step"))?.id ?? "idea";
  const go = (step: StepId) => {
    void draft.flush();
    setParams({ step });
  };
  const outlook = useOutlook(draft);
  useKeptPlan(draft, outlook.data, !outlook.isFetching && !outlook.isPlaceholderData);
  const at = STEPS.findIndex(({ id }) => id === current);
  const next = STEPS[at + 1];
  const previous = STEPS[at - 1];
  const general = generalError(draft);
  return (
    <Page
      title={draft.experiment.name || "New experiment"}
      trail={TRAIL}
      summary={<Saving draft={draft} />}
    >
      <Stepper current={current} onStep={go} />
      <div className={styles.layout}>
        <section aria-labelledby="step-title" className={styles.main}>
          <h2 id="step-title">{STEPS[at]?.about}</h2>
          {general && (
            <Banner
              tone="danger"
              title="Not saved."
              action={
                <Button isSmall onPress={() => void draft.flush()}>
                  Try again
                </Button>
              }
            >
              {general} What you entered is still here.
            </Banner>
          )}
          <Step id={current} draft={draft} outlook={outlook.data} onStep={go} />
          <div className={styles.forward}>
            {previous && <Button onPress={() => go(previous.id)}>Back</Button>}
            {next && (
              <Button look="primary" onPress={() => go(next.id)}>
                Continue to {next.title.toLowerCase()}
              </Button>
            )}
          </div>
        </section>
        <Consequences experiment={draft.experiment} outlook={outlook.data} error={outlook.error} />
      </div>
    </Page>
  );
}

interface StepProps {
  id: StepId;
  draft: Draft;
  outlook: ReturnType<typeof useOutlook>["data"];
  onStep: (step: StepId) => void;
}

function Step({ id, draft, outlook, onStep }: StepProps) {
  switch (id) {
    case "idea":
      return <Idea draft={draft} />;
    case "who":
      return <Who draft={draft} />;
    case "measure":
      return <Measure draft={draft} />;
    case "plan":
      return <Plan draft={draft} outlook={outlook} />;
    case "review":
      return <Review draft={draft} onStep={onStep} />;
  }
}

const WORDS: Record<Draft["state"], string> = {
  saved: "✓ Draft saved",
  waiting: "… Saving",
  saving: "… Saving",
  failed: "✕ Not saved",
};

function Saving({ draft }: { draft: Draft }) {
  return (
    <span role="status" data-state={draft.state}>
      {WORDS[draft.state]}
    </span>
  );
}

/** Without `onStep` only the present step can be worked on. */
function Stepper({ current, onStep }: { current: StepId; onStep?: (step: StepId) => void }) {
  return (
    <nav aria-label="Steps">
      <ol className={styles.stepper}>
        {STEPS.map(({ id, title }, at) => (
          <li key={id}>
            <button
              type="button"
              className={styles.stepButton}
              aria-current={id === current ? "step" : undefined}
              disabled={!onStep && id !== current}
              onClick={() => onStep?.(id)}
            >
              <span className={styles.stepNumber} aria-hidden="true">
                {at + 1}
              </span>
              {title}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
