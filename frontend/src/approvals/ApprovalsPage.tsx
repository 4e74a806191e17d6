import { useSearchParams } from "wouter";

import { count } from "../components/format";
import { Page } from "../components/Page";
import { EmptyState, ErrorState, Skeleton } from "../components/States";
import { TabLinks } from "../components/TabLinks";
import styles from "./Approvals.module.css";
import { RequestCard } from "./RequestCard";
import { DONE, useRequests, WAITING } from "./useRequests";

export default function ApprovalsPage() {
  const [view] = useSearchParams();
  const isHistory = view.get("show") === "history";
  const waiting = useRequests(WAITING);
  const past = useRequests(DONE);
  const found = isHistory ? past : waiting;
  const mine = (waiting.data?.results ?? []).filter((one) => one.can_approve).length;
  return (
    <Page
      title="Approvals"
      summary={
        waiting.data
          ? mine
            ? `${count(mine)} ${mine === 1 ? "change waits" : "changes wait"} for you.`
            : "Nothing waits for you."
          : " "
      }
    >
      <TabLinks
        label="Which changes"
        here={isHistory ? "history" : "waiting"}
        tabs={[
          { id: "waiting", href: "/approvals", label: "Waiting", count: waiting.data?.count },
          { id: "history", href: "/approvals?show=history", label: "History" },
        ]}
      />
      {found.error ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <Skeleton height={220} />
      ) : found.data.count === 0 ? (
        <Nothing isHistory={isHistory} />
      ) : (
        <ul className={styles.requests}>
          {found.data.results.map((request) => (
            <li key={request.id}>
              <RequestCard request={request} />
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

function Nothing({ isHistory }: { isHistory: boolean }) {
  if (isHistory) {
    return (
      <EmptyState title="No change has been decided yet">
        Changes that were approved, rejected or taken back are kept here.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No change waits for approval">
      Where a policy says that a change of a flag needs somebody else&rsquo;s consent, the change is
      kept here until it is given. Policies are made in the settings of the organization.
    </EmptyState>
  );
}
