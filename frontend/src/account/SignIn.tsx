import { useState } from "react";

import { api, call, type Schemas } from "../api/client";
import { Button } from "../components/Button";
import { TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";

interface Props {
  onSignedIn: (session: Schemas["SessionBody"]) => void;
  email?: string;
}

export function SignInForm({ onSignedIn, email: known = "" }: Props) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const { isSending, refusals, send } = useSending(
    async () => onSignedIn(await call(api.POST("/api/login/", { body: { email, password } }))),
    ["email", "password"],
  );
  return (
    <Form onSend={send} refusals={refusals}>
      <TextField
        label="E-mail address"
        type="email"
        name="email"
        autoComplete="username"
        value={email}
        onChange={setEmail}
        error={refusals.of("email")}
        autoFocus={!known}
      />
      <TextField
        label="Password"
        type="password"
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        error={refusals.of("password")}
        autoFocus={!!known}
      />
      <Button type="submit" look="primary" isPending={isSending}>
        {isSending ? "Signing in…" : "Sign in"}
      </Button>
    </Form>
  );
}
