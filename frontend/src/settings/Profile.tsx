import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, call } from "../api/client";
import { SESSION_KEY, useSession } from "../app/session";
import { Button } from "../components/Button";
import { TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { Panel } from "../components/Page";
import { say } from "../components/Toasts";
import styles from "./Settings.module.css";

/** Name, address and password of the reader. */
export function Profile() {
  return (
    <>
      <Names />
      <Password />
    </>
  );
}

function Names() {
  const { user } = useSession();
  const queries = useQueryClient();
  const [first, setFirst] = useState(user.first_name);
  const [last, setLast] = useState(user.last_name);
  const { isSending, refusals, send } = useSending(async () => {
    const body = { first_name: first, last_name: last };
    await call(api.PATCH("/api/users/@me/", { body }));
    await queries.invalidateQueries({ queryKey: SESSION_KEY });
    say("Saved.");
  }, ["first_name", "last_name"]);
  return (
    <Panel title="Your name">
      <div className={styles.form}>
        <Form onSend={send} refusals={refusals}>
          <div className={styles.pair}>
            <TextField
              label="First name"
              value={first}
              onChange={setFirst}
              autoComplete="given-name"
              error={refusals.of("first_name")}
            />
            <TextField
              label="Last name"
              value={last}
              onChange={setLast}
              autoComplete="family-name"
              error={refusals.of("last_name")}
            />
          </div>
          <div>
            <Button type="submit" isPending={isSending}>
              Save name
            </Button>
          </div>
        </Form>
      </div>
    </Panel>
  );
}

function Password() {
  const { user } = useSession();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const { isSending, refusals, send } = useSending(async () => {
    const body = { current_password: current, password: next };
    await call(api.PATCH("/api/users/@me/", { body }));
    setCurrent("");
    setNext("");
    say("The password is changed; other sessions are over.");
  }, ["current_password", "password"]);
  return (
    <Panel title="Your password">
      <div className={styles.form}>
        <Form onSend={send} refusals={refusals}>
          <input type="hidden" autoComplete="username" value={user.email} readOnly />
          <TextField
            label="Present password"
            type="password"
            value={current}
            onChange={setCurrent}
            autoComplete="current-password"
            error={refusals.of("current_password")}
          />
          <TextField
            label="New password"
            type="password"
            value={next}
            onChange={setNext}
            autoComplete="new-password"
            help="At least eight characters."
            error={refusals.of("password")}
          />
          <div>
            <Button type="submit" isPending={isSending}>
              Change password
            </Button>
          </div>
        </Form>
      </div>
    </Panel>
  );
}
