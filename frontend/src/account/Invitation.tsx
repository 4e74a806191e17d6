import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, call, type Schemas } from "../api/client";
import { Button } from "../components/Button";
import { TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { dateTime } from "../components/format";
import { ErrorState, PageSkeleton } from "../components/States";
import { LEVELS } from "./levels";
import { EntranceCard } from "./EntranceCard";
import styles from "./Entrance.module.css";

/** What the link of an invite leads to. */
export function Invitation({ token }: { token: string }) {
  const offer = useQuery({
    queryKey: ["invite", token],
    queryFn: () => call(api.GET("/api/invites/{token}/", { params: { path: { token } } })),
  });
  if (offer.error) {
    return (
      <EntranceCard title="Invitation" lead="This link does not lead anywhere any more.">
        <ErrorState error={offer.error} onRetry={offer.refetch} />
      </EntranceCard>
    );
  }
  if (!offer.data) return <PageSkeleton />;
  return <Accepting token={token} offer={offer.data} />;
}

function Accepting({ token, offer }: { token: string; offer: Schemas["OfferBody"] }) {
  const [firstName, setFirstName] = useState("");
  const [lastName, setLastName] = useState("");
  const [password, setPassword] = useState("");
  const { isSending, refusals, send } = useSending(async () => {
    const names = { first_name: firstName, last_name: lastName };
    const body = { password, ...(offer.has_account ? {} : names) };
    await call(api.POST("/api/invites/{token}/", { params: { path: { token } }, body }));
    // A new session: everything is read anew.
    window.location.assign("/");
  }, ["first_name", "last_name", "password"]);
  return (
    <EntranceCard
      title={`Join ${offer.organization_name}`}
      lead={
        <>
          {offer.target_email} is invited as {LEVELS[offer.level] ?? "member"}, until{" "}
          {dateTime(offer.expires_at)}.{" "}
          {offer.has_account && "There is an account with this address: sign in with its password."}
        </>
      }
    >
      <Form onSend={send} refusals={refusals}>
        {!offer.has_account && (
          <div className={styles.pair}>
            <TextField
              label="First name"
              value={firstName}
              onChange={setFirstName}
              autoComplete="given-name"
              error={refusals.of("first_name")}
              autoFocus
            />
            <TextField
              label="Last name"
              value={lastName}
              onChange={setLastName}
              autoComplete="family-name"
              error={refusals.of("last_name")}
            />
          </div>
        )}
        <TextField
          label={offer.has_account ? "Password" : "New password"}
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete={offer.has_account ? "current-password" : "new-password"}
          help={offer.has_account ? undefined : "At least eight characters."}
          error={refusals.of("password")}
        />
        <Button type="submit" look="primary" isPending={isSending}>
          {isSending ? "Joining…" : "Join"}
        </Button>
      </Form>
    </EntranceCard>
  );
}
