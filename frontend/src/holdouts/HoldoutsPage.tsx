import { useState } from "react";
import { Link, useLocation } from "wouter";

import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Form, useSending } from "../components/Form";
import { count, date, number } from "../components/format";
import { Page } from "../components/Page";
import { useShortcut } from "../components/shortcuts";
import { EmptyState, ErrorState, Skeleton } from "../components/States";
import { Table, type Column } from "../components/Table";
import { say } from "../components/Toasts";
import { HoldoutForm } from "./HoldoutForm";
import styles from "./Holdouts.module.css";
import { sizeOf, useHoldouts, useWriteHoldout, type Holdout, type HoldoutFields } from "./useHoldouts";

const NEW: HoldoutFields = { name: "", description: "", size: 5 };

export default function HoldoutsPage() {
  const found = useHoldouts();
  const [isMaking, setIsMaking] = useState(false);
  useShortcut("n", "New holdout", () => setIsMaking(true));
  const button = (
    <Button look="primary" onPress={() => setIsMaking(true)}>
      New holdout
    </Button>
  );
  return (
    <Page
      title="Holdouts"
      summary="Units kept out of a set of experiments, to see what all of them together have done."
      actions={button}
    >
      {found.error ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <Skeleton height={200} />
      ) : found.data.count === 0 ? (
        <EmptyState title="No holdouts yet" action={button}>
          A holdout keeps a few percent of all persons out of the experiments that are put under it.
          Compared with everybody else, they show what a quarter of changes has added up to.
        </EmptyState>
      ) : (
        <Table caption="Holdouts" columns={COLUMNS} rows={found.data.results} keyOf={(one) => one.id} />
      )}
      {isMaking && <NewHoldout onClose={() => setIsMaking(false)} />}
    </Page>
  );
}

function NewHoldout({ onClose }: { onClose: () => void }) {
  const [fields, setFields] = useState(NEW);
  const [, go] = useLocation();
  const write = useWriteHoldout();
  const create = async () => {
    const made = await write.create(fields);
    say(`Holdout “${made.name}” was made.`);
    go(`/experiments/holdouts/${made.id}`);
  };
  const { send, isSending, refusals } = useSending(create, ["name", "description", "filters"]);
  return (
    <Dialog
      title="New holdout"
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" isDisabled={isSending} onPress={() => void send()}>
          Create the holdout
        </Button>
      }
    >
      <Form onSend={() => void send()} refusals={refusals}>
        <HoldoutForm value={fields} onChange={setFields} refusals={refusals} />
      </Form>
    </Dialog>
  );
}

const COLUMNS: readonly Column<Holdout>[] = [
  {
    id: "name",
    title: "Name",
    isRowHeader: true,
    cell: (one) => (
      <>
        <Link href={`/experiments/holdouts/${one.id}`}>{one.name}</Link>
        {one.description && <p className={styles.note}>{one.description}</p>}
      </>
    ),
  },
  { id: "size", title: "Kept out", isNumber: true, cell: (one) => `${number(sizeOf(one))}%` },
  { id: "used", title: "Experiments", isNumber: true, cell: (one) => count(one.experiment_set.length) },
  { id: "made", title: "Made", cell: (one) => date(one.created_at) },
];
