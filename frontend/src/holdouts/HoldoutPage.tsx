import { useState } from "react";
import { Link, useLocation, useParams } from "wouter";

import { NotFound } from "../app/NotFound";
import { ActivityLog } from "../components/ActivityLog";
import { Button, ButtonLink } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Form, useSending } from "../components/Form";
import { number } from "../components/format";
import { Menu } from "../components/Menu";
import { Page, Panel } from "../components/Page";
import { EmptyState, ErrorState, PageSkeleton, Skeleton } from "../components/States";
import { say } from "../components/Toasts";
import { isHeld } from "../flags/useFlag";
import { HoldoutForm } from "./HoldoutForm";
import styles from "./Holdouts.module.css";
import { Timeline } from "./Timeline";
import {
  sizeOf,
  useHeldExperiments,
  useHoldout,
  useWriteHoldout,
  type Holdout,
  type HoldoutFields,
} from "./useHoldouts";

const LIST = "/experiments/holdouts";

export default function HoldoutPage() {
  const { id } = useParams<{ id: string }>();
  if (!/^\d+$/.test(id)) return <NotFound />;
  return <Known key={id} id={Number(id)} />;
}

function Known({ id }: { id: number }) {
  const found = useHoldout(id);
  const held = useHeldExperiments(id);
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <PageSkeleton />;
  const holdout = found.data;
  const experiments = held.data?.results ?? [];
  return (
    <Page
      title={holdout.name}
      trail={[{ label: "Holdouts", href: LIST }]}
      summary={holdout.description}
      actions={<Remove holdout={holdout} used={experiments.length} />}
    >
      <div className={styles.columns}>
        <div>
          <Panel title="Experiments under it">
            {held.error ? (
              <ErrorState error={held.error} onRetry={() => void held.refetch()} />
            ) : !held.data ? (
              <Skeleton height={120} />
            ) : experiments.length === 0 ? (
              <EmptyState
                title="No experiment is under this holdout"
                action={<ButtonLink href="/experiments/new">New experiment</ButtonLink>}
              >
                A draft is put under a holdout where it says who is in it.
              </EmptyState>
            ) : (
              <Timeline experiments={experiments} />
            )}
          </Panel>
          <Panel title="History">
            <ActivityLog scope="Experiment" itemId={id} detailType="holdout" />
          </Panel>
        </div>
        <Panel title={`${number(sizeOf(holdout))}% are kept out`}>
          <Edit key={holdout.updated_at} holdout={holdout} used={experiments.length} />
        </Panel>
      </div>
    </Page>
  );
}

function Edit({ holdout, used }: { holdout: Holdout; used: number }) {
  const [seen] = useState<HoldoutFields>(() => ({
    name: holdout.name,
    description: holdout.description ?? "",
    size: sizeOf(holdout),
  }));
  const [fields, setFields] = useState(seen);
  const [isAsking, setIsAsking] = useState(false);
  const [isWaiting, setIsWaiting] = useState(false);
  const write = useWriteHoldout();
  const save = async () => {
    setIsAsking(false);
    try {
      await write.change(holdout, fields);
      say("The holdout was saved.");
    } catch (error) {
      if (!isHeld(error)) throw error;
      setIsWaiting(true);
    }
  };
  const { send, isSending, refusals } = useSending(save, ["name", "description", "filters"]);
  const isChanged = JSON.stringify(fields) !== JSON.stringify(seen);
  const onSend = () => (fields.size !== seen.size && used > 0 ? setIsAsking(true) : void send());
  return (
    <>
      <Form onSend={onSend} refusals={refusals}>
        <HoldoutForm value={fields} onChange={setFields} refusals={refusals} />
        {isWaiting && (
          <p role="status">
            This waits for approval; see the <Link href="/approvals">approvals</Link>.
          </p>
        )}
        <div>
          <Button type="submit" look="primary" isDisabled={!isChanged || isSending}>
            Save
          </Button>
        </div>
      </Form>
      <Dialog
        title="Change who is kept out?"
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        actions={
          <Button look="primary" onPress={() => void send()}>
            Keep {number(fields.size)}% out
          </Button>
        }
      >
        <p>
          From {number(seen.size)}% to {number(fields.size)}%, at once, in the flags of{" "}
          {used === 1 ? "one experiment" : `${used} experiments`}.{" "}
          {(fields.size ?? 0) < (seen.size ?? 0)
            ? "Some who were kept out will see the experiments, and are lost for the comparison."
            : "Some who have seen the experiments will be kept out from now on; what they saw stays in their behaviour."}
        </p>
      </Dialog>
    </>
  );
}

function Remove({ holdout, used }: { holdout: Holdout; used: number }) {
  const [isAsking, setIsAsking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const write = useWriteHoldout();
  const [, go] = useLocation();
  const remove = async () => {
    try {
      await write.remove(holdout.id);
      say(`Holdout “${holdout.name}” was deleted.`);
      go(LIST);
    } catch (error) {
      const held = isHeld(error) ? "Somebody else has to approve this first. " : "";
      setRefusal(held + (error instanceof Error ? error.message : "That did not work."));
    }
  };
  return (
    <>
      <Menu
        label="More about this holdout"
        actions={[{ id: "delete", label: "Delete…", onAction: () => setIsAsking(true) }]}
      />
      <Dialog
        title={`Delete “${holdout.name}”?`}
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        actions={
          <Button look="danger" onPress={() => void remove()}>
            Delete the holdout
          </Button>
        }
      >
        <p>
          {used
            ? `Everybody who is kept out is let into ${used === 1 ? "its experiment" : `its ${used} experiments`} at once. What the holdout would have shown is lost.`
            : "No experiment is under it."}{" "}
          This cannot be undone.
        </p>
        {refusal && <p role="alert">{refusal}</p>}
      </Dialog>
    </>
  );
}
