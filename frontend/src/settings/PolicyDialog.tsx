import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, call } from "../api/client";
import { useProjectPath } from "../app/project";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Checkbox, NumberField, Select } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { nameOf, useMembers, useRoles } from "./organization";
import { ACTIONS, conditionsOf, POLICIES_KEY, type Policy } from "./policies";
import styles from "./Settings.module.css";

type ActionKey = "feature_flag.enable" | "feature_flag.disable" | "feature_flag.update";
type Moment = "always" | "share" | "above" | "kept";

interface Values {
  action: ActionKey;
  moment: Moment;
  above: number | null;
  quorum: number | null;
  users: readonly number[];
  roles: readonly string[];
  allowsSelf: boolean;
  isOn: boolean;
  isForAll: boolean;
}

const FIELDS = ["action_key", "conditions", "approver_config"];

export function PolicyDialog({ policy, onClose }: { policy: Policy | null; onClose: () => void }) {
  const path = useProjectPath();
  const queries = useQueryClient();
  const [values, setValues] = useState<Values>(() => valuesOf(policy));
  const set = (changes: Partial<Values>) => setValues((before) => ({ ...before, ...changes }));
  const { isSending, refusals, send } = useSending(async () => {
    const body = bodyOf(values);
    await (policy
      ? call(
          api.PATCH("/api/projects/{project_id}/approval_policies/{policy_id}/", {
            params: { path: { ...path, policy_id: policy.id } },
            body,
          }),
        )
      : call(
          api.POST("/api/projects/{project_id}/approval_policies/", { params: { path }, body }),
        ));
    await queries.invalidateQueries({ queryKey: POLICIES_KEY });
    onClose();
  }, FIELDS);
  return (
    <Dialog
      title={policy ? "Edit policy" : "New policy"}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" onPress={send} isPending={isSending}>
          {policy ? "Save" : "Make policy"}
        </Button>
      }
    >
      <Form onSend={send} refusals={refusals}>
        <Select
          label="Change"
          value={values.action}
          onChange={(action) => set({ action })}
          options={Object.entries(ACTIONS).map(([id, label]) => ({ id: id as ActionKey, label }))}
          error={refusals.of("action_key")}
        />
        <When values={values} set={set} policy={policy} error={refusals.of("conditions")} />
        <Approvers values={values} set={set} error={refusals.of("approver_config")} />
        <Checkbox
          isSelected={values.allowsSelf}
          onChange={(allowsSelf) => set({ allowsSelf })}
        >
          Whoever asks may approve it too
        </Checkbox>
        <Checkbox isSelected={values.isForAll} onChange={(isForAll) => set({ isForAll })}>
          For every project of the organization that has no such policy
        </Checkbox>
        <Checkbox isSelected={values.isOn} onChange={(isOn) => set({ isOn })}>
          In force
        </Checkbox>
      </Form>
    </Dialog>
  );
}

interface PartProps {
  values: Values;
  set: (changes: Partial<Values>) => void;
  error: string | null;
}

function When({ values, set, policy, error }: PartProps & { policy: Policy | null }) {
  const kept = { id: "kept" as const, label: policy ? conditionsOf(policy) : "" };
  return (
    <div className={styles.pair}>
      <Select
        label="When"
        value={values.moment}
        onChange={(moment) => set({ moment })}
        error={error}
        options={[
          { id: "always", label: "always" },
          { id: "share", label: "a roll-out share changes" },
          { id: "above", label: "a share is above, afterwards" },
          // What a script has set is kept unless something else is chosen.
          ...(valuesOf(policy).moment === "kept" ? [kept] : []),
        ]}
      />
      {values.moment === "above" && (
        <NumberField
          label="Percent"
          value={values.above}
          onChange={(above) => set({ above })}
          min={0}
          max={100}
        />
      )}
    </div>
  );
}

function Approvers({ values, set, error }: PartProps) {
  const members = useMembers().data?.results ?? [];
  const roles = useRoles().data?.results ?? [];
  return (
    <>
      <fieldset className={styles.fieldset}>
        <legend className={styles.legend}>Who may approve</legend>
        <div className={styles.checks}>
          {members.map(({ user }) => (
            <Checkbox
              key={user.id}
              isSelected={values.users.includes(user.id)}
              onChange={(isIn) => set({ users: toggled(values.users, user.id, isIn) })}
            >
              {nameOf(user)}
            </Checkbox>
          ))}
          {roles.map((role) => (
            <Checkbox
              key={role.id}
              isSelected={values.roles.includes(role.id)}
              onChange={(isIn) => set({ roles: toggled(values.roles, role.id, isIn) })}
            >
              Role {role.name}
            </Checkbox>
          ))}
        </div>
      </fieldset>
      <NumberField
        label="How many have to"
        value={values.quorum}
        onChange={(quorum) => set({ quorum })}
        min={1}
        error={error}
      />
    </>
  );
}

function toggled<T>(all: readonly T[], one: T, isIn: boolean): T[] {
  return [...all.filter((other) => other !== one), ...(isIn ? [one] : [])];
}

function valuesOf(policy: Policy | null): Values {
  const conditions = (policy?.conditions ?? {}) as Record<string, unknown>;
  return {
    action: (policy?.action_key ?? "feature_flag.update") as ActionKey,
    moment: momentOf(conditions),
    above: typeof conditions.value === "number" ? conditions.value : 50,
    quorum: policy?.approver_config.quorum ?? 1,
    users: policy?.approver_config.users ?? [],
    roles: policy?.approver_config.roles ?? [],
    allowsSelf: policy?.allow_self_approve ?? false,
    isOn: policy?.enabled ?? true,
    isForAll: policy?.organization_wide ?? false,
  };
}

function momentOf({ type, field, operator }: Record<string, unknown>): Moment {
  if (field === undefined) return "always";
  if (type === "any_change") return "share";
  return type === "before_after" && operator === ">" ? "above" : "kept";
}

const SHARE = "rollout_percentage";

function bodyOf(values: Values) {
  const conditions = {
    always: {},
    share: { type: "any_change", field: SHARE },
    above: { type: "before_after", field: SHARE, operator: ">", value: values.above },
    kept: undefined,
  }[values.moment];
  return {
    action_key: values.action,
    ...(conditions && { conditions }),
    approver_config: {
      quorum: values.quorum ?? 1,
      users: [...values.users],
      roles: [...values.roles],
    },
    allow_self_approve: values.allowsSelf,
    enabled: values.isOn,
    organization_wide: values.isForAll,
  };
}
