/** Editing a flag's rules and variants: kept until it is saved, shown as a difference before. */
import { useState } from "react";
import { Link } from "wouter";

import { ApiError } from "../api/client";
import { Banner } from "../components/Badge";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Difference } from "../components/Difference";
import { say } from "../components/Toasts";
import { isComplete } from "../filters/words";
import { draftInWords } from "./describe";
import styles from "./Flags.module.css";
import { draftOf, type Flag, type FlagDraft } from "./model";
import { Rules } from "./Rules";
import { isHeld, useChangeFlag } from "./useFlag";
import { Variants } from "./Variants";

interface Props {
  flag: Flag;
  /** Which tab is shown; edits stay while it is another one. */
  part: string;
  onReload: () => Promise<Flag | undefined>;
}

export interface PartProps {
  draft: FlagDraft;
  onChange: (next: FlagDraft) => void;
  isReadOnly: boolean;
}

const isSame = (one: FlagDraft, other: FlagDraft) => JSON.stringify(one) === JSON.stringify(other);

export function Editor({ flag, part, onReload }: Props) {
  // The flag as it was when editing began: what the server checks for changes in between.
  const [base, setBase] = useState(flag);
  const [draft, setDraft] = useState(() => draftOf(flag));
  const isDirty = !isSame(draft, draftOf(base));
  if (!isDirty && flag.version !== base.version) {
    setBase(flag);
    setDraft(draftOf(flag));
  }
  const takeOver = (newest: Flag) => setBase(newest);
  const drop = (newest: Flag) => {
    setBase(newest);
    setDraft(draftOf(newest));
  };
  const parts = { draft, onChange: setDraft, isReadOnly: !flag.can_edit || flag.deleted };
  return (
    <>
      {isDirty && flag.version !== base.version && (
        <Overtaken flag={flag} onTakeOver={() => takeOver(flag)} onDrop={() => drop(flag)} />
      )}
      {part === "rules" && <Rules {...parts} />}
      {part === "variants" && <Variants {...parts} flag={flag} />}
      {isDirty && (
        <SaveBar base={base} draft={draft} onDone={drop} onDrop={() => drop(flag)} onReload={onReload} />
      )}
    </>
  );
}

interface OvertakenProps {
  flag: Flag;
  onTakeOver: () => void;
  onDrop: () => void;
}

function Overtaken({ flag, onTakeOver, onDrop }: OvertakenProps) {
  const who = flag.last_modified_by?.email ?? "Somebody else";
  return (
    <Banner
      tone="caution"
      title={`${who} changed this flag while you were editing.`}
      action={
        <div className={styles.buttons}>
          <Button isSmall onPress={onTakeOver}>
            Put my edits on the new version
          </Button>
          <Button isSmall onPress={onDrop}>
            Drop my edits
          </Button>
        </div>
      }
    >
      Your edits are kept. Before they are saved, you will see what they change of the new version.
    </Banner>
  );
}

interface SaveProps {
  base: Flag;
  draft: FlagDraft;
  onDone: (saved: Flag) => void;
  onDrop: () => void;
  onReload: () => Promise<Flag | undefined>;
}

function SaveBar({ base, draft, onDone, onDrop, onReload }: SaveProps) {
  const change = useChangeFlag();
  const [isAsking, setIsAsking] = useState(false);
  const [isSending, setIsSending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isWaiting, setIsWaiting] = useState(false);
  const review = () => {
    const rule = incompleteRule(draft);
    if (rule) setRefusal(`Rule ${rule} has a filter that is not complete.`);
    else setIsAsking(true);
  };
  const save = async () => {
    setIsSending(true);
    setRefusal(null);
    try {
      onDone(await change(base, draft));
      say(`Flag ${base.key} was saved and is served now.`);
    } catch (error) {
      setIsAsking(false);
      if (isHeld(error)) setIsWaiting(true);
      else setRefusal(error instanceof Error ? error.message : "That did not work.");
      if (error instanceof ApiError && error.status === 409) await onReload();
    } finally {
      setIsSending(false);
    }
  };
  return (
    <div className={styles.bar} role="region" aria-label="Unsaved changes">
      <div>
        {isWaiting ? (
          <p role="status">
            <strong>This waits for approval.</strong> Nothing has changed yet; see the{" "}
            <Link href="/approvals">approvals</Link>.
          </p>
        ) : (
          <p>There are unsaved changes.</p>
        )}
        {refusal && (
          <p role="alert" className={styles.error}>
            {refusal}
          </p>
        )}
      </div>
      <div className={styles.buttons}>
        <Button onPress={onDrop}>Discard</Button>
        {!isWaiting && (
          <Button look="primary" onPress={review}>
            Review and save…
          </Button>
        )}
      </div>
      <Dialog
        title="What this changes"
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        actions={
          <Button look="primary" isDisabled={isSending} onPress={() => void save()}>
            Save
          </Button>
        }
      >
        <Difference before={draftInWords(draftOf(base))} after={draftInWords(draft)} />
        {base.experiment_set_metadata.some((one) => one.is_running) && (
          <Banner tone="caution" title="A running experiment uses this flag.">
            Other rules or another split change who is in it, and can spoil its result.
          </Banner>
        )}
        {!base.active && <p>The flag is off: this is served once it is turned on.</p>}
      </Dialog>
    </div>
  );
}

/** The number of the first rule whose filters say too little. */
function incompleteRule(draft: FlagDraft): number | null {
  const at = (draft.filters.groups ?? []).findIndex((rule) =>
    rule.properties?.some((filter) => !isComplete(filter)),
  );
  return at < 0 ? null : at + 1;
}
