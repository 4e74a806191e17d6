import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { LEVELS } from "../account/levels";
import { api, ApiError, call, type Schemas } from "../api/client";
import { useSession } from "../app/session";
import { Button } from "../components/Button";
import { Select } from "../components/Fields";
import { date, dateTime } from "../components/format";
import { Panel } from "../components/Page";
import { ErrorState, Skeleton } from "../components/States";
import { Table } from "../components/Table";
import { say } from "../components/Toasts";
import { Confirm } from "./Confirm";
import { InviteDialog } from "./InviteDialog";
import {
  nameOf,
  useIsAdministrator,
  useMembers,
  useOrganizationPath,
  type Member,
} from "./organization";
import styles from "./Settings.module.css";

/** Who belongs to the organization, and who is invited to. */
export function Members() {
  const members = useMembers();
  const isAdministrator = useIsAdministrator();
  const [isInviting, setIsInviting] = useState(false);
  const [leaving, setLeaving] = useState<Member | null>(null);
  if (members.error) return <ErrorState error={members.error} onRetry={members.refetch} />;
  if (!members.data) return <Skeleton height={240} />;
  return (
    <>
      <Panel
        title="Members"
        aside={
          isAdministrator && (
            <Button look="primary" isSmall onPress={() => setIsInviting(true)}>
              Invite…
            </Button>
          )
        }
      >
        <Table
          caption="Members of the organization"
          keyOf={(member) => member.id}
          rows={members.data.results}
          columns={[
            {
              id: "name",
              title: "Name",
              isRowHeader: true,
              cell: (member) => (
                <>
                  {nameOf(member.user)}
                  <div className={styles.muted}>{member.user.email}</div>
                </>
              ),
            },
            {
              id: "level",
              title: "Level",
              cell: (member) => <Level member={member} mayChange={isAdministrator} />,
            },
            { id: "joined", title: "Joined", cell: (member) => date(member.joined_at) },
            {
              id: "leave",
              title: <span className="visually-hidden">Actions</span>,
              isNumber: true,
              cell: (member) => (
                <Leave member={member} mayRemove={isAdministrator} onPress={setLeaving} />
              ),
            },
          ]}
        />
      </Panel>
      {isAdministrator && <Invites />}
      {isInviting && <InviteDialog onClose={() => setIsInviting(false)} />}
      {leaving && <Leaving member={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}

function Level({ member, mayChange }: { member: Member; mayChange: boolean }) {
  const path = useOrganizationPath();
  const queries = useQueryClient();
  const { user } = useSession();
  if (!mayChange || member.user.id === user.id) return LEVELS[member.level] ?? "";
  const change = async (level: string) => {
    try {
      await call(
        api.PATCH("/api/organizations/{organization_id}/members/{user_uuid}/", {
          params: { path: { ...path, user_uuid: member.user.uuid } },
          body: { level: Number(level) as 1 | 8 | 15 },
        }),
      );
      say(`${nameOf(member.user)} is ${LEVELS[Number(level)]} now.`);
    } catch (refused) {
      say(refused instanceof ApiError ? refused.message : String(refused));
    }
    void queries.invalidateQueries({ queryKey: ["members", path.organization_id] });
  };
  return (
    <Select
      label={`Level of ${nameOf(member.user)}`}
      isLabelHidden
      value={String(member.level)}
      onChange={change}
      options={Object.entries(LEVELS).map(([id, label]) => ({ id, label }))}
    />
  );
}

interface LeaveProps {
  member: Member;
  mayRemove: boolean;
  onPress: (member: Member) => void;
}

function Leave({ member, mayRemove, onPress }: LeaveProps) {
  const { user } = useSession();
  const isSelf = member.user.id === user.id;
  if (!isSelf && !mayRemove) return null;
  return (
    <Button
      isSmall
      look="quiet"
      onPress={() => onPress(member)}
      aria-label={isSelf ? "Leave the organization" : `Remove ${nameOf(member.user)}`}
    >
      {isSelf ? "Leave…" : "Remove…"}
    </Button>
  );
}

function Leaving({ member, onClose }: { member: Member; onClose: () => void }) {
  const path = useOrganizationPath();
  const queries = useQueryClient();
  const { user } = useSession();
  const isSelf = member.user.id === user.id;
  const remove = async () => {
    await call(
      api.DELETE("/api/organizations/{organization_id}/members/{user_uuid}/", {
        params: { path: { ...path, user_uuid: member.user.uuid } },
      }),
    );
    if (isSelf) window.location.assign("/");
    else await queries.invalidateQueries({ queryKey: ["members", path.organization_id] });
  };
  return (
    <Confirm
      title={isSelf ? "Leave the organization?" : `Remove ${nameOf(member.user)}?`}
      verb={isSelf ? "Leave" : "Remove"}
      act={remove}
      onClose={onClose}
    >
      {isSelf ? "You" : "They"} see nothing of its projects any more, and{" "}
      {isSelf ? "your" : "their"} keys open nothing there. What was made stays.
    </Confirm>
  );
}

function Invites() {
  const path = useOrganizationPath();
  const invites = useQuery({
    queryKey: ["invites", path.organization_id],
    queryFn: () =>
      call(api.GET("/api/organizations/{organization_id}/invites/", { params: { path } })),
  });
  const [recalled, setRecalled] = useState<Schemas["InviteBody"] | null>(null);
  const queries = useQueryClient();
  if (invites.error) return <ErrorState error={invites.error} onRetry={invites.refetch} />;
  if (!invites.data || invites.data.results.length === 0) return null;
  const recall = async (id: string) => {
    const params = { path: { ...path, invite_id: id } };
    await call(api.DELETE("/api/organizations/{organization_id}/invites/{invite_id}/", { params }));
    await queries.invalidateQueries({ queryKey: ["invites", path.organization_id] });
  };
  return (
    <Panel title="Invites">
      <Table
        caption="Invites that nobody has accepted"
        keyOf={(invite) => invite.id}
        rows={invites.data.results}
        columns={[
          {
            id: "email",
            title: "For",
            isRowHeader: true,
            cell: (invite) => invite.target_email,
          },
          { id: "level", title: "As", cell: (invite) => LEVELS[invite.level] ?? "" },
          {
            id: "until",
            title: "Until",
            cell: (invite) =>
              invite.is_expired ? "expired" : dateTime(invite.expires_at),
          },
          {
            id: "recall",
            title: <span className="visually-hidden">Actions</span>,
            isNumber: true,
            cell: (invite) => (
              <Button
                isSmall
                look="quiet"
                onPress={() => setRecalled(invite)}
                aria-label={`Take back the invite for ${invite.target_email}`}
              >
                Take back…
              </Button>
            ),
          },
        ]}
      />
      {recalled && (
        <Confirm
          title={`Take back the invite for ${recalled.target_email}?`}
          verb="Take back"
          act={() => recall(recalled.id)}
          onClose={() => setRecalled(null)}
        >
          Its link leads nowhere from then on.
        </Confirm>
      )}
    </Panel>
  );
}
