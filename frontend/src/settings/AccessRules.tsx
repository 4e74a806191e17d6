import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, call, type Schemas } from "../api/client";
import { useProjectPath } from "../app/project";
import { Button } from "../components/Button";
import { Select } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { Panel } from "../components/Page";
import { ErrorState, Skeleton } from "../components/States";
import { Table } from "../components/Table";
import { nameOf, useMembers, useRoles } from "./organization";
import styles from "./Settings.module.css";

type Rule = Schemas["RuleBody"];
type Answer = Schemas["AccessControlsBody"];
type RuleRequest = Pick<Rule, "resource" | "resource_id" | "organization_member" | "role"> & {
  access_level: Rule["access_level"] | null;
};

/** Who may do what in the project beyond what everybody may. */
export function AccessRules() {
  const path = useProjectPath();
  const rules = useQuery({
    queryKey: ["access", path.project_id],
    queryFn: () =>
      call(api.GET("/api/projects/{project_id}/access_controls/", { params: { path } })),
  });
  if (rules.error) return <ErrorState error={rules.error} onRetry={rules.refetch} />;
  if (!rules.data) return <Skeleton height={240} />;
  return (
    <Panel title="Access rules">
      <p className={styles.lead}>
        Without a rule everybody in the organization may edit, and administrators manage. The
        nearest rule counts: one for a single object before one for its kind, that before one for
        the project.
      </p>
      <Rules answer={rules.data} />
      {rules.data.user_can_edit_access_levels && <NewRule answer={rules.data} />}
    </Panel>
  );
}

const EVERYBODY = "everybody";

function useWho() {
  const members = useMembers().data?.results ?? [];
  const roles = useRoles().data?.results ?? [];
  return { members, roles };
}

function useSetRule() {
  const path = useProjectPath();
  const queries = useQueryClient();
  return async (body: RuleRequest) => {
    const answer = await call(
      api.PUT("/api/projects/{project_id}/access_controls/", { params: { path }, body }),
    );
    queries.setQueryData(["access", path.project_id], answer);
  };
}

function Rules({ answer }: { answer: Answer }) {
  const { members, roles } = useWho();
  const setRule = useSetRule();
  const whoOf = (rule: Rule) => {
    if (rule.role) return `Role ${roles.find((one) => one.id === rule.role)?.name ?? rule.role}`;
    const member = members.find((one) => one.user.uuid === rule.organization_member);
    if (rule.organization_member) return member ? nameOf(member.user) : rule.organization_member;
    return "Everybody";
  };
  if (answer.access_controls.length === 0) return <p>There are no rules yet.</p>;
  return (
    <Table
      caption="Access rules"
      rows={answer.access_controls}
      keyOf={(rule) =>
        `${rule.resource} ${rule.resource_id} ${rule.organization_member} ${rule.role}`
      }
      columns={[
        { id: "who", title: "Who", isRowHeader: true, cell: whoOf },
        {
          id: "what",
          title: "What",
          cell: (rule) =>
            `${wordsOf(rule.resource)}${rule.resource_id === null ? "" : ` ${rule.resource_id}`}`,
        },
        { id: "level", title: "May", cell: (rule) => MAY[rule.access_level] },
        ...(answer.user_can_edit_access_levels
          ? [
              {
                id: "remove",
                title: <span className="visually-hidden">Actions</span>,
                isNumber: true,
                cell: (rule: Rule) => (
                  <RemoveRule
                    what={`the rule for ${whoOf(rule)}`}
                    act={() => setRule({ ...rule, access_level: null })}
                  />
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

function RemoveRule({ what, act }: { what: string; act: () => Promise<void> }) {
  const { isSending, refusals, send } = useSending(act, []);
  return (
    <>
      <Button
        isSmall
        look="quiet"
        onPress={send}
        isPending={isSending}
        aria-label={`Remove ${what}`}
      >
        Remove
      </Button>
      {refusals.other && <p role="alert">{refusals.other}</p>}
    </>
  );
}

function NewRule({ answer }: { answer: Answer }) {
  const { members, roles } = useWho();
  const setRule = useSetRule();
  const [who, setWho] = useState(EVERYBODY);
  const [resource, setResource] = useState<Rule["resource"]>("project");
  const [level, setLevel] = useState<Rule["access_level"]>("viewer");
  const { isSending, refusals, send } = useSending(
    () =>
      setRule({
        resource,
        resource_id: null,
        access_level: level,
        organization_member: who.startsWith("member ") ? who.slice(7) : null,
        role: who.startsWith("role ") ? who.slice(5) : null,
      }),
    ["resource", "access_level", "organization_member", "role"],
  );
  return (
    <Form onSend={send} refusals={refusals}>
      <h3>New rule</h3>
      <div className={styles.pair}>
        <Select
          label="Who"
          value={who}
          onChange={setWho}
          error={refusals.of("organization_member") ?? refusals.of("role")}
          options={[
            { id: EVERYBODY, label: "Everybody" },
            ...roles.map((one) => ({ id: `role ${one.id}`, label: `Role ${one.name}` })),
            ...members.map(({ user }) => ({ id: `member ${user.uuid}`, label: nameOf(user) })),
          ]}
        />
        <Select
          label="What"
          value={resource}
          onChange={setResource}
          error={refusals.of("resource")}
          options={answer.available_resources.map((id) => ({ id, label: wordsOf(id) }))}
        />
        <Select
          label="May"
          value={level}
          onChange={setLevel}
          error={refusals.of("access_level")}
          options={answer.available_access_levels.map((id) => ({ id, label: MAY[id] }))}
        />
      </div>
      <div>
        <Button type="submit" isPending={isSending}>
          Set the rule
        </Button>
      </div>
    </Form>
  );
}

const MAY: Record<Rule["access_level"], string> = {
  none: "see nothing",
  viewer: "see",
  editor: "see and change",
  manager: "see, change and set rules",
};

const WORDS: Partial<Record<Rule["resource"], string>> = {
  project: "The whole project",
  experiment_saved_metric: "Shared metrics",
  activity_log: "Activity log",
};

function wordsOf(resource: Rule["resource"]): string {
  const plain = resource.replaceAll("_", " ");
  return WORDS[resource] ?? `${plain.slice(0, 1).toUpperCase()}${plain.slice(1)}s`;
}
