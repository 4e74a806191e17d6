import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useSearchParams } from "wouter";

import { api, call, type Schemas } from "../api/client";
import { useProject, useProjectPath } from "../app/project";
import { Badge, Banner } from "../components/Badge";
import { Button } from "../components/Button";
import { CodeBlock } from "../components/CodeBlock";
import { ComboField } from "../components/ComboField";
import { TextField } from "../components/Fields";
import { dateTime, since } from "../components/format";
import { Page } from "../components/Page";
import { EmptyState, ErrorState, Skeleton } from "../components/States";
import { useEventNames } from "./definitions";
import styles from "./Events.module.css";

type Event = Schemas["EventBody"];

const SHOWN = 50;
const EVERY_MS = 3_000;

export default function EventsPage() {
  const [view, setView] = useSearchParams();
  const [isPaused, setIsPaused] = useState(false);
  const name = view.get("event") ?? "";
  const distinctId = view.get("distinct_id") ?? "";
  const found = useEvents({ name, distinctId, isPaused });
  const set = (field: string, value: string) =>
    setView(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(field, value);
        else next.delete(field);
        return next;
      },
      { replace: true },
    );
  const events = found.data?.results;
  return (
    <Page
      title="Live events"
      summary="The newest events of the project, as they arrive."
      actions={
        <>
          <span className={styles.state}>
            <Badge tone={isPaused ? "caution" : "fine"} symbol={isPaused ? "❙❙" : "●"}>
              {isPaused ? "Paused" : "Following"}
            </Badge>
          </span>
          <Button onPress={() => setIsPaused(!isPaused)}>{isPaused ? "Follow again" : "Pause"}</Button>
        </>
      }
    >
      <search className={styles.filters}>
        <EventName value={name} onChange={(value) => set("event", value)} />
        <TextField
          label="Distinct id"
          value={distinctId}
          onChange={(value) => set("distinct_id", value)}
          placeholder="Exactly this id"
        />
      </search>
      {found.error && events && (
        <Banner tone="caution" title="The server did not answer.">
          What is shown may be old; it goes on by itself.
        </Banner>
      )}
      {found.error && !events ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      ) : !events ? (
        <Skeleton height={400} />
      ) : events.length > 0 ? (
        <ol className={styles.events} aria-label="Events, newest first">
          {events.map((event) => (
            <EventRow key={event.id} event={event} />
          ))}
        </ol>
      ) : name || distinctId ? (
        <p>No event fits. It will appear here as soon as one arrives.</p>
      ) : (
        <NoEvents />
      )}
    </Page>
  );
}

function useEvents(asked: { name: string; distinctId: string; isPaused: boolean }) {
  const path = useProjectPath();
  const name = useSettled(asked.name);
  const distinctId = useSettled(asked.distinctId);
  return useQuery({
    queryKey: ["events", path.project_id, name, distinctId],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/events/", {
          params: {
            path,
            query: {
              limit: String(SHOWN),
              ...(name && { event: name }),
              ...(distinctId && { distinct_id: distinctId }),
            },
          },
        }),
      ),
    refetchInterval: asked.isPaused ? false : EVERY_MS,
    staleTime: 0,
  });
}

/** Not asked for on every letter. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), 300);
    return () => window.clearTimeout(timer);
  }, [value]);
  return settled;
}

function EventName({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const names = useEventNames() ?? [];
  return (
    <ComboField
      label="Event"
      value={value}
      onChange={onChange}
      suggestions={names.map((id) => ({ id }))}
      placeholder="Any event"
    />
  );
}

function EventRow({ event }: { event: Event }) {
  const count = Object.keys(event.properties).length;
  return (
    <li className={styles.event}>
      <details>
        <summary>
          <span className={styles.name}>{event.event}</span>
          <span className={styles.who}>{event.distinct_id}</span>
          <time className={styles.when} dateTime={event.timestamp} title={dateTime(event.timestamp)}>
            {since(event.timestamp)}
          </time>
        </summary>
        <dl className={styles.facts}>
          <Fact name="Time">{event.timestamp}</Fact>
          <Fact name="Event id">{event.id}</Fact>
          <Fact name="Person">
            {event.person ? `${event.person.name} (${event.person.id})` : "nobody: captured without a profile"}
          </Fact>
        </dl>
        {count > 0 && (
          <table className={styles.properties}>
            <caption className="visually-hidden">Properties of the event</caption>
            <tbody>
              {Object.entries(event.properties).map(([key, value]) => (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  <td>{typeof value === "string" ? value : JSON.stringify(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </details>
    </li>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function NoEvents() {
  const project = useProject();
  const host = window.location.origin;
  const code = `curl -s ${host}/batch/ -H 'Content-Type: application/json' -d '${JSON.stringify({
    api_key: project.api_token,
    batch: [{ event: "hello", distinct_id: "me" }],
  })}'`;
  const browser = `posthog.init(${JSON.stringify(project.api_token)}, { api_host: ${JSON.stringify(host)} });
posthog.capture("hello");`;
  return (
    <EmptyState title="No event has arrived yet">
      <p>
        Send the first one; it appears here within a few seconds. Any SDK that speaks the protocol
        will do, with this server&rsquo;s address and the project&rsquo;s token.
      </p>
      <CodeBlock label="In a page" code={browser} />
      <CodeBlock label="In a terminal" code={code} />
    </EmptyState>
  );
}
