import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";

import { api, call } from "../api/client";
import { useProjectPath } from "../app/project";
import { Button } from "../components/Button";
import { Choice, NumberField, TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { Page } from "../components/Page";
import { say } from "../components/Toasts";
import styles from "./Flags.module.css";

type Kind = "boolean" | "multivariate";

const KINDS = [
  { id: "boolean" as const, label: "On or off", help: "A part of the product is there or not." },
  {
    id: "multivariate" as const,
    label: "Several variants",
    help: "Everybody who is let in gets one of them.",
  },
];
const HALVES = [
  { key: "control", name: "", rollout_percentage: 50 },
  { key: "test", name: "", rollout_percentage: 50 },
];

/** The least that a flag needs; its rules follow on its own page. */
export function NewFlag() {
  const path = useProjectPath();
  const [, go] = useLocation();
  const queries = useQueryClient();
  const [key, setKey] = useState("");
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("boolean");
  const [rollout, setRollout] = useState<number | null>(0);
  const create = async () => {
    const groups = [{ properties: [], rollout_percentage: rollout ?? 0 }];
    const multivariate = kind === "multivariate" ? { variants: HALVES } : null;
    const flag = await call(
      api.POST("/api/projects/{project_id}/feature_flags/", {
        params: { path },
        body: { key: key.trim(), name, filters: { groups, multivariate }, active: true },
      }),
    );
    void queries.invalidateQueries({ queryKey: ["flags"] });
    say(`Flag ${flag.key} was made.`);
    go(`/feature_flags/${flag.id}`);
  };
  const { send, isSending, refusals } = useSending(create, ["key", "name"]);
  return (
    <Page title="New flag" trail={[{ label: "Flags", href: "/feature_flags" }]}>
      <div className={styles.form}>
        <Form onSend={() => void send()} refusals={refusals}>
          <TextField
            label="Key"
            help="What the code asks for. Letters, digits, dashes and underscores."
            value={key}
            onChange={setKey}
            error={refusals.of("key")}
            autoFocus
            isRequired
          />
          <TextField
            label="Description"
            value={name}
            onChange={setName}
            error={refusals.of("name")}
            placeholder="What it turns on, and for whom"
          />
          <Choice label="Kind" value={kind} onChange={setKind} options={KINDS} />
          <NumberField
            label="Let in, in percent of persons"
            help="0 lets nobody in yet. Rules for some of them can be added afterwards."
            value={rollout}
            onChange={setRollout}
            min={0}
            max={100}
          />
          <div>
            <Button type="submit" look="primary" isDisabled={isSending}>
              Create the flag
            </Button>
          </div>
        </Form>
      </div>
    </Page>
  );
}
