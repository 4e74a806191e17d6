import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, call } from "../api/client";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Checkbox, TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { Panel } from "../components/Page";
import { EmptyState, ErrorState, Skeleton } from "../components/States";
import { Table } from "../components/Table";
import { Confirm } from "./Confirm";
import {
  nameOf,
  useIsAdministrator,
  useMembers,
  useOrganizationPath,
  useRoles,
  type Role,
} from "./organization";
import styles from "./Settings.module.css";

type Opened = { role: Role | null; as: "form" | "question" } | null;

/** Groups of members that rules and policies speak of. */
export function Roles() {
  const roles = useRoles();
  const mayEdit = useIsAdministrator();
  const [opened, setOpened] = useState<Opened>(null);
  const close = () => setOpened(null);
  if (roles.error) return <ErrorState error={roles.error} onRetry={roles.refetch} />;
  if (!roles.data) return <Skeleton height={200} />;
  const make = mayEdit && (
    <Button look="primary" isSmall onPress={() => setOpened({ role: null, as: "form" })}>
      New role…
    </Button>
  );
  return (
    <>
      <Panel title="Roles" aside={roles.data.results.length > 0 && make}>
        {roles.data.results.length === 0 ? (
          <EmptyState title="There are no roles" action={make}>
            A role is a group of members, such as “Analysts”. Access rules and approval policies
            can name one in place of single members.
          </EmptyState>
        ) : (
          <Table
            caption="Roles of the organization"
            keyOf={(role) => role.id}
            rows={roles.data.results}
            columns={[
              { id: "name", title: "Name", isRowHeader: true, cell: (role) => role.name },
              {
                id: "members",
                title: "Members",
                cell: (role) => role.members.map(nameOf).join(", ") || "Nobody",
              },
              ...(mayEdit
                ? [
                    {
                      id: "actions",
                      title: <span className="visually-hidden">Actions</span>,
                      isNumber: true,
                      cell: (role: Role) => <Actions role={role} open={setOpened} />,
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Panel>
      {opened?.as === "form" && <RoleDialog role={opened.role} onClose={close} />}
      {opened?.as === "question" && opened.role && (
        <Deleting role={opened.role} onClose={close} />
      )}
    </>
  );
}

function Actions({ role, open }: { role: Role; open: (opened: Opened) => void }) {
  return (
    <div className={styles.line}>
      <Button
        isSmall
        look="quiet"
        aria-label={`Edit ${role.name}`}
        onPress={() => open({ role, as: "form" })}
      >
        Edit…
      </Button>
      <Button
        isSmall
        look="quiet"
        aria-label={`Delete ${role.name}`}
        onPress={() => open({ role, as: "question" })}
      >
        Delete…
      </Button>
    </div>
  );
}

function RoleDialog({ role, onClose }: { role: Role | null; onClose: () => void }) {
  const path = useOrganizationPath();
  const queries = useQueryClient();
  const members = useMembers();
  const [name, setName] = useState(role?.name ?? "");
  const [chosen, setChosen] = useState<readonly string[]>(
    role?.members.map((one) => one.uuid) ?? [],
  );
  const { isSending, refusals, send } = useSending(async () => {
    const body = { name, members: [...chosen] };
    await (role
      ? call(
          api.PATCH("/api/organizations/{organization_id}/roles/{role_id}/", {
            params: { path: { ...path, role_id: role.id } },
            body,
          }),
        )
      : call(api.POST("/api/organizations/{organization_id}/roles/", { params: { path }, body })));
    await queries.invalidateQueries({ queryKey: ["roles", path.organization_id] });
    onClose();
  }, ["name"]);
  const toggle = (uuid: string, isIn: boolean) =>
    setChosen((before) => [...before.filter((one) => one !== uuid), ...(isIn ? [uuid] : [])]);
  return (
    <Dialog
      title={role ? `Edit ${role.name}` : "New role"}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" onPress={send} isPending={isSending}>
          {role ? "Save" : "Make role"}
        </Button>
      }
    >
      <Form onSend={send} refusals={refusals}>
        <TextField
          label="Name"
          value={name}
          onChange={setName}
          error={refusals.of("name")}
          autoFocus
        />
        <fieldset className={styles.fieldset}>
          <legend className={styles.legend}>Members</legend>
          <div className={styles.checks}>
            {members.data?.results.map(({ user }) => (
              <Checkbox
                key={user.uuid}
                isSelected={chosen.includes(user.uuid)}
                onChange={(isIn) => toggle(user.uuid, isIn)}
              >
                {nameOf(user)}
              </Checkbox>
            ))}
          </div>
        </fieldset>
      </Form>
    </Dialog>
  );
}

function Deleting({ role, onClose }: { role: Role; onClose: () => void }) {
  const path = useOrganizationPath();
  const queries = useQueryClient();
  const remove = async () => {
    await call(
      api.DELETE("/api/organizations/{organization_id}/roles/{role_id}/", {
        params: { path: { ...path, role_id: role.id } },
      }),
    );
    await queries.invalidateQueries({ queryKey: ["roles", path.organization_id] });
  };
  return (
    <Confirm title={`Delete ${role.name}?`} verb="Delete" act={remove} onClose={onClose}>
      Access rules for this role go with it; its members stay.
    </Confirm>
  );
}
