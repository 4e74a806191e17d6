import { ApiError } from "../api/client";
import { Button } from "../components/Button";
import { Panel } from "../components/Page";
import { EmptyState, ErrorState, Skeleton } from "../components/States";
import styles from "./Gallery.module.css";

const REFUSALS: readonly [number, string, string][] = [
  [0, "no_answer", "The server does not answer."],
  [403, "permission_denied", "You do not have viewer access to this resource."],
  [400, "query_resource_limit_exceeded", "The query took longer than it may."],
];

export function States() {
  return (
    <Panel title="Empty, loading, failed">
      <div className={styles.stack}>
        <EmptyState title="There is nothing here yet" action={<Button>The next step</Button>}>
          Why it is empty, and what will be here.
        </EmptyState>
        <Skeleton height={80} />
        {REFUSALS.map(([status, code, detail]) => (
          <ErrorState
            key={code}
            error={new ApiError(status, code, detail, null, null)}
            onRetry={() => undefined}
            reassurance="Assignments continue; only this page failed."
          />
        ))}
      </div>
    </Panel>
  );
}
