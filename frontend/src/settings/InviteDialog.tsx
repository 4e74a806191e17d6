import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { LEVELS } from "../account/levels";
import { api, call } from "../api/client";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { NumberField, Select, TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { SecretValue } from "../components/SecretValue";
import { useOrganization, useOrganizationPath } from "./organization";

/** Makes the link that somebody joins with. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const path = useOrganizationPath();
  const queries = useQueryClient();
  const ownLevel = useOrganization().data?.membership_level ?? 1;
  const [email, setEmail] = useState("");
  const [level, setLevel] = useState("1");
  const [days, setDays] = useState<number | null>(7);
  const [link, setLink] = useState<string | null>(null);
  const { isSending, refusals, send } = useSending(async () => {
    const made = await call(
      api.POST("/api/organizations/{organization_id}/invites/", {
        params: { path },
        body: {
          target_email: email,
          level: Number(level) as 1 | 8 | 15,
          ...(days !== null && { expires_in_days: days }),
        },
      }),
    );
    // The address that this browser has for the server is the one that others know too.
    setLink(`${window.location.origin}/invites/${made.token}`);
    await queries.invalidateQueries({ queryKey: ["invites", path.organization_id] });
  }, ["target_email", "level", "expires_in_days"]);
  if (link) {
    return (
      <Dialog title="Send this link" isOpen onClose={onClose} dismissLabel="Done">
        <p>
          No mail is sent. Whoever opens the link joins as {email}; it is shown this once.
        </p>
        <SecretValue label="Link of the invite" value={link} />
      </Dialog>
    );
  }
  return (
    <Dialog
      title="Invite somebody"
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" onPress={send} isPending={isSending}>
          Make the link
        </Button>
      }
    >
      <Form onSend={send} refusals={refusals}>
        <TextField
          label="E-mail address"
          type="email"
          value={email}
          onChange={setEmail}
          error={refusals.of("target_email")}
          autoFocus
        />
        <Select
          label="Level"
          value={level}
          onChange={setLevel}
          options={Object.entries(LEVELS)
            .filter(([id]) => Number(id) <= ownLevel)
            .map(([id, label]) => ({ id, label }))}
          help="Administrators manage members, roles and policies; owners also owners."
          error={refusals.of("level")}
        />
        <NumberField
          label="Days until it expires"
          value={days}
          onChange={setDays}
          min={1}
          max={30}
          error={refusals.of("expires_in_days")}
        />
      </Form>
    </Dialog>
  );
}
