import { useState } from "react";
import { Link } from "wouter";

import { nameOf } from "../components/ActivityLog";
import { Badge, type Tone } from "../components/Badge";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Difference } from "../components/Difference";
import { TextField } from "../components/Fields";
import { dateTime, since } from "../components/format";
import { say } from "../components/Toasts";
import styles from "./Approvals.module.css";
import { useFlag } from "../flags/useFlag";
import { flagInWords, linesOf } from "./words";
import { useVote, type ChangeRequest, type Vote } from "./useRequests";

const STATES: Record<ChangeRequest["state"], readonly [symbol: string, word: string, tone: Tone]> = {
  pending: ["…", "Waiting", "caution"],
  approved: ["✓", "Approved, not applied yet", "caution"],
  applied: ["✓", "Applied", "fine"],
  rejected: ["✕", "Rejected", "neutral"],
  expired: ["◷", "Expired", "neutral"],
  failed: ["⚠", "Failed", "danger"],
};

const VALIDITY: Record<ChangeRequest["validation_status"], string | null> = {
  valid: null,
  invalid: "It can no longer be applied as it stands.",
  expired: "Its time is over.",
  stale: "The flag has changed since this was asked for.",
};

export function RequestCard({ request }: { request: ChangeRequest }) {
  const [symbol, word, tone] = STATES[request.state];
  const { intent, intent_display: display, created_by: author } = request;
  const isWaiting = request.state === "pending";
  const remark = isWaiting ? VALIDITY[request.validation_status] : null;
  return (
    <article className={styles.request} aria-label={display.description}>
      <header className={styles.head}>
        <div>
          <h2>{display.description}</h2>
          <p className={styles.note}>
            Flag <Link href={`/feature_flags/${intent.flag_id}`}>{intent.flag_key}</Link>, asked for by{" "}
            {request.is_requester ? "you" : author ? nameOf(author) : "somebody who is gone"}{" "}
            <time dateTime={request.created_at} title={dateTime(request.created_at)}>
              {since(request.created_at)}
            </time>
          </p>
        </div>
        <div className={styles.badges}>
          {request.is_requester && <Badge symbol="◆">Yours</Badge>}
          <Badge tone={tone} symbol={symbol}>
            {word}
          </Badge>
        </div>
      </header>
      <Difference before={linesOf(display.before)} after={linesOf(display.after)} />
      {isWaiting && <WholeChange request={request} />}
      {remark && <p className={styles.remark}>⚠ {remark}</p>}
      {request.apply_error && <p className={styles.remark}>⚠ {request.apply_error}</p>}
      <Votes request={request} />
      {isWaiting && <Actions request={request} />}
    </article>
  );
}

/** Only a part of a change may be what the policy is about; whoever approves, approves all of it. */
function WholeChange({ request }: { request: ChangeRequest }) {
  const flag = useFlag(request.intent.flag_id);
  if (!flag.data) return null;
  const now = { ...flag.data };
  const after = { ...now, ...request.intent.full_request_data };
  return (
    <details className={styles.whole}>
      <summary>The whole change, against the flag as it is now</summary>
      <Difference before={flagInWords(now)} after={flagInWords(after)} />
    </details>
  );
}

function Votes({ request }: { request: ChangeRequest }) {
  const { quorum } = request.policy_snapshot;
  const approvals = request.approvals.filter((vote) => vote.decision === "approved").length;
  return (
    <>
      {request.state === "pending" && (
        <p className={styles.note}>
          {approvals} of {quorum} {quorum === 1 ? "approval" : "approvals"} given; open until{" "}
          {dateTime(request.expires_at)}.
        </p>
      )}
      {request.approvals.length > 0 && (
        <ul className={styles.votes}>
          {request.approvals.map((vote) => (
            <li key={vote.id}>
              <span aria-hidden="true">{vote.decision === "approved" ? "✓" : "✕"}</span>{" "}
              {vote.created_by ? nameOf(vote.created_by) : "Somebody who is gone"} {vote.decision}{" "}
              {since(vote.created_at)}
              {vote.reason && `: ${vote.reason}`}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const ASKS: Record<Vote, { title: string; button: string; says: string }> = {
  approve: {
    title: "Approve this change?",
    button: "Approve",
    says: "With the last approval that is needed, the change is made at once.",
  },
  reject: { title: "Reject this change?", button: "Reject", says: "That ends it; nothing changes." },
  cancel: { title: "Take this change back?", button: "Take back", says: "Nothing changes." },
};

function Actions({ request }: { request: ChangeRequest }) {
  const [vote, setVote] = useState<Vote | null>(null);
  const { can_approve: canApprove, can_cancel: canCancel } = request;
  const why = request.user_decision
    ? `You have ${request.user_decision} it.`
    : request.is_requester
      ? "Somebody else has to approve it."
      : "You are not among those who may approve it.";
  return (
    <div className={styles.buttons}>
      {!canApprove && <p className={styles.note}>{why}</p>}
      {canApprove && (
        <>
          <Button look="primary" onPress={() => setVote("approve")}>
            Approve…
          </Button>
          <Button onPress={() => setVote("reject")}>Reject…</Button>
        </>
      )}
      {canCancel && <Button onPress={() => setVote("cancel")}>Take back…</Button>}
      {vote && <Ask key={vote} request={request} vote={vote} onClose={() => setVote(null)} />}
    </div>
  );
}

function Ask(props: { request: ChangeRequest; vote: Vote; onClose: () => void }) {
  const { request, vote, onClose } = props;
  const [reason, setReason] = useState("");
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isSending, setIsSending] = useState(false);
  const send = useVote();
  const { title, button, says } = ASKS[vote];
  const act = async () => {
    setIsSending(true);
    try {
      const decided = await send(request, vote, reason);
      say(decided.message);
      onClose();
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : "That did not work.");
      setIsSending(false);
    }
  };
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      actions={
        <Button
          look={vote === "approve" ? "primary" : "danger"}
          isDisabled={isSending || (vote === "reject" && reason.trim() === "")}
          onPress={() => void act()}
        >
          {button}
        </Button>
      }
    >
      <p>{says}</p>
      <TextField
        label={vote === "reject" ? "Reason" : "Reason (may be left out)"}
        value={reason}
        onChange={setReason}
        error={refusal}
        isMultiline
        isRequired={vote === "reject"}
      />
    </Dialog>
  );
}
