import { useState } from "react";

import { api, call, type Schemas } from "../api/client";
import { Button } from "../components/Button";
import { TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { EntranceCard } from "./EntranceCard";
import { FirstKeys } from "./FirstKeys";

type Made = Schemas["InstallationBody"];

const FIELDS = ["email", "password", "organization", "project"];

/** The first user of an installation makes themselves, the organization and its project. */
export function SetUp({ onDone }: { onDone: () => void }) {
  const [values, setValues] = useState({
    email: "",
    password: "",
    organization: "",
    project: "",
  });
  const [made, setMade] = useState<Made | null>(null);
  const set = (field: keyof typeof values) => (value: string) =>
    setValues((before) => ({ ...before, [field]: value }));
  const { isSending, refusals, send } = useSending(async () => {
    const { email, password, organization, project } = values;
    const names = { ...(organization && { organization }), ...(project && { project }) };
    const answer = await call(api.POST("/api/setup/", { body: { email, password, ...names } }));
    await call(api.POST("/api/login/", { body: { email, password } }));
    setMade(answer);
  }, FIELDS);
  if (made) return <FirstKeys made={made} onDone={onDone} />;
  return (
    <EntranceCard
      title="Set up splitplot"
      lead="You are the first one here. This makes your account and a first project; everything stays on this server."
    >
      <Form onSend={send} refusals={refusals}>
        <TextField
          label="E-mail address"
          type="email"
          name="email"
          autoComplete="username"
          value={values.email}
          onChange={set("email")}
          error={refusals.of("email")}
          help="To sign in with. No mail is sent."
          autoFocus
        />
        <TextField
          label="Password"
          type="password"
          name="password"
          autoComplete="new-password"
          value={values.password}
          onChange={set("password")}
          error={refusals.of("password")}
          help="At least eight characters."
        />
        <TextField
          label="Organization (optional)"
          value={values.organization}
          onChange={set("organization")}
          error={refusals.of("organization")}
          autoComplete="organization"
        />
        <TextField
          label="First project (optional)"
          value={values.project}
          onChange={set("project")}
          error={refusals.of("project")}
          help="One product or site: its flags, events and experiments."
        />
        <Button type="submit" look="primary" isPending={isSending}>
          {isSending ? "Setting up…" : "Set up"}
        </Button>
      </Form>
    </EntranceCard>
  );
}
