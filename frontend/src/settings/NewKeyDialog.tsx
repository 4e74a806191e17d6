import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, call } from "../api/client";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Choice, Select, TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { SecretValue } from "../components/SecretValue";
import { KEYS_KEY } from "./PersonalKeys";
import { EVERYTHING, SCOPE_OBJECTS, scopesOf, type Grant } from "./scopes";
import styles from "./Settings.module.css";

const GRANTS = [
  { id: "none", label: "nothing" },
  { id: "read", label: "read" },
  { id: "write", label: "read and write" },
] as const;

/** Makes a key; its value is shown once. */
export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [label, setLabel] = useState("");
  const [reach, setReach] = useState<"some" | "all">("some");
  const [grants, setGrants] = useState<ReadonlyMap<string, Grant>>(new Map());
  const [value, setValue] = useState<string | null>(null);
  const { isSending, refusals, send } = useSending(async () => {
    const scopes = reach === "all" ? [EVERYTHING] : scopesOf(grants);
    const made = await call(api.POST("/api/personal_api_keys/", { body: { label, scopes } }));
    setValue(made.value);
    await queries.invalidateQueries({ queryKey: KEYS_KEY });
  }, ["label", "scopes"]);
  if (value) {
    return (
      <Dialog title="Your new key" isOpen onClose={onClose} dismissLabel="Done">
        <SecretValue label={label} value={value} help="Shown this once." />
      </Dialog>
    );
  }
  return (
    <Dialog
      title="New API key"
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" onPress={send} isPending={isSending}>
          Make key
        </Button>
      }
    >
      <Form onSend={send} refusals={refusals}>
        <TextField
          label="Label"
          value={label}
          onChange={setLabel}
          error={refusals.of("label")}
          help="What will use it."
          autoFocus
        />
        <Choice
          label="Allows"
          value={reach}
          onChange={setReach}
          error={refusals.of("scopes")}
          options={[
            { id: "some", label: "What I choose" },
            { id: "all", label: "Everything that I may do" },
          ]}
        />
        {reach === "some" && (
          <div className={styles.scopes}>
            {SCOPE_OBJECTS.map((name) => (
              <Select
                key={name}
                label={name.replaceAll("_", " ")}
                value={grants.get(name) ?? "none"}
                onChange={(grant) => setGrants((before) => new Map(before).set(name, grant))}
                options={GRANTS}
              />
            ))}
          </div>
        )}
      </Form>
    </Dialog>
  );
}
