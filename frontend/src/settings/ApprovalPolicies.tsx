import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, call } from "../api/client";
import { useProjectPath } from "../app/project";
import { Badge } from "../components/Badge";
import { Button } from "../components/Button";
import { Panel } from "../components/Page";
import { EmptyState, ErrorState, Skeleton } from "../components/States";
import { Table } from "../components/Table";
import { Confirm } from "./Confirm";
import { useIsAdministrator, nameOf, useMembers, useRoles } from "./organization";
import { ACTIONS, conditionsOf, POLICIES_KEY, type Policy } from "./policies";
import { PolicyDialog } from "./PolicyDialog";
import styles from "./Settings.module.css";

type Opened = { policy: Policy | null; as: "form" | "question" } | null;

/** Which changes want somebody else's consent. */
export function ApprovalPolicies() {
  const path = useProjectPath();
  const policies = useQuery({
    queryKey: [...POLICIES_KEY, path.project_id],
    queryFn: () =>
      call(api.GET("/api/projects/{project_id}/approval_policies/", { params: { path } })),
  });
  const mayEdit = useIsAdministrator();
  const [opened, setOpened] = useState<Opened>(null);
  const close = () => setOpened(null);
  if (policies.error) return <ErrorState error={policies.error} onRetry={policies.refetch} />;
  if (!policies.data) return <Skeleton height={200} />;
  const make = mayEdit && (
    <Button look="primary" isSmall onPress={() => setOpened({ policy: null, as: "form" })}>
      New policy…
    </Button>
  );
  return (
    <>
      <Panel title="Approval policies" aside={policies.data.results.length > 0 && make}>
        {policies.data.results.length === 0 ? (
          <EmptyState title="No change needs an approval" action={make}>
            A policy stops a change of a flag until others have agreed to it. What waits stands
            under Approvals.
          </EmptyState>
        ) : (
          <Table
            caption="Approval policies"
            keyOf={(policy) => policy.id}
            rows={policies.data.results}
            columns={[
              {
                id: "what",
                title: "Change",
                isRowHeader: true,
                cell: (policy) => (
                  <>
                    {ACTIONS[policy.action_key] ?? policy.action_key}
                    <div className={styles.muted}>{conditionsOf(policy)}</div>
                  </>
                ),
              },
              { id: "who", title: "Approvers", cell: (policy) => <Approvers policy={policy} /> },
              {
                id: "state",
                title: "State",
                cell: (policy) =>
                  policy.enabled ? (
                    <Badge tone="fine" symbol="●">
                      In force
                    </Badge>
                  ) : (
                    <Badge symbol="○">Off</Badge>
                  ),
              },
              ...(mayEdit
                ? [
                    {
                      id: "actions",
                      title: <span className="visually-hidden">Actions</span>,
                      isNumber: true,
                      cell: (policy: Policy) => <Actions policy={policy} open={setOpened} />,
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Panel>
      {opened?.as === "form" && <PolicyDialog policy={opened.policy} onClose={close} />}
      {opened?.as === "question" && opened.policy && (
        <Deleting policy={opened.policy} onClose={close} />
      )}
    </>
  );
}

function Approvers({ policy }: { policy: Policy }) {
  const members = useMembers().data?.results ?? [];
  const roles = useRoles().data?.results ?? [];
  const { quorum, users, roles: roleIds } = policy.approver_config;
  const names = [
    ...users.map((id) => {
      const member = members.find((one) => one.user.id === id);
      return member ? nameOf(member.user) : `user ${id}`;
    }),
    ...roleIds.map((id) => roles.find((one) => one.id === id)?.name ?? id),
  ];
  return (
    <>
      {quorum} of {names.join(", ")}
    </>
  );
}

function Actions({ policy, open }: { policy: Policy; open: (opened: Opened) => void }) {
  const what = ACTIONS[policy.action_key] ?? policy.action_key;
  return (
    <div className={styles.line}>
      <Button
        isSmall
        look="quiet"
        aria-label={`Edit the policy: ${what}`}
        onPress={() => open({ policy, as: "form" })}
      >
        Edit…
      </Button>
      <Button
        isSmall
        look="quiet"
        aria-label={`Delete the policy: ${what}`}
        onPress={() => open({ policy, as: "question" })}
      >
        Delete…
      </Button>
    </div>
  );
}

function Deleting({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const path = useProjectPath();
  const queries = useQueryClient();
  const remove = async () => {
    await call(
      api.DELETE("/api/projects/{project_id}/approval_policies/{policy_id}/", {
        params: { path: { ...path, policy_id: policy.id } },
      }),
    );
    await queries.invalidateQueries({ queryKey: POLICIES_KEY });
  };
  return (
    <Confirm title="Delete this policy?" verb="Delete" act={remove} onClose={onClose}>
      Such changes take effect at once from then on. What waits already goes on waiting.
    </Confirm>
  );
}
