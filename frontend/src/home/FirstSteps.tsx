import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, call } from "../api/client";
import { PROJECTS_KEY, useProject, useProjectPath } from "../app/project";
import { announce } from "../components/announce";
import { ButtonLink } from "../components/Button";
import { CodeBlock } from "../components/CodeBlock";
import { Select } from "../components/Fields";
import { Page } from "../components/Page";
import styles from "./Home.module.css";
import { SNIPPETS, type Language } from "./snippets";

const DEMO = "splitplot demo";

/** What can be done on an empty installation. */
export function FirstSteps() {
  return (
    <Page
      title="Home"
      summary="There is no experiment yet. Three ways to begin, in any order."
    >
      <div className={styles.cards}>
        <FirstExperiment />
        <Connect />
        <Demo />
      </div>
    </Page>
  );
}

function FirstExperiment() {
  return (
    <section className={styles.card}>
      <h2>Make the first experiment</h2>
      <p>
        Five short steps: the idea, who takes part, what is measured, how long it takes, and a check
        before the launch. A draft is kept on every change.
      </p>
      <div>
        <ButtonLink href="/experiments/new" look="primary">
          New experiment
        </ButtonLink>
      </div>
    </section>
  );
}

export function Connect() {
  const { api_token: token } = useProject();
  const [language, setLanguage] = useState<Language>("html");
  const { label, code } = SNIPPETS[language];
  return (
    <section className={styles.card}>
      <h2>Connect an SDK</h2>
      <p>Any PostHog SDK works as it is; only its host is this server.</p>
      <Select
        label="Language"
        value={language}
        onChange={setLanguage}
        options={Object.entries(SNIPPETS).map(([id, snippet]) => ({
          id: id as Language,
          label: snippet.label,
        }))}
      />
      <CodeBlock label={label} code={code(window.location.origin, token)} />
      <FirstEvent />
    </section>
  );
}

const LOOK_AGAIN_MS = 2000;

/** Turns on with the first event, by itself. */
function FirstEvent() {
  const path = useProjectPath();
  const queries = useQueryClient();
  const known = useProject().ingested_event;
  const project = useQuery({
    queryKey: ["project", path.project_id, "first event"],
    queryFn: () => call(api.GET("/api/projects/{project_id}/", { params: { path } })),
    enabled: !known,
    refetchInterval: (query) => (query.state.data?.ingested_event ? false : LOOK_AGAIN_MS),
  });
  const isOn = known || (project.data?.ingested_event ?? false);
  useEffect(() => {
    if (!isOn || known) return;
    announce("The first event has arrived.");
    void queries.invalidateQueries({ queryKey: PROJECTS_KEY });
  }, [isOn, known, queries]);
  return (
    <div className={styles.light}>
      <span className={`${styles.lamp} ${isOn ? styles.on : ""}`} aria-hidden="true" />
      {isOn ? "✓ Events arrive." : "Waiting for the first event…"}
    </div>
  );
}

function Demo() {
  return (
    <section className={styles.card}>
      <h2>Look at a demo first</h2>
      <p>
        A shop with simulated visitors and a live experiment, on a server and data folder of its
        own; nothing of it gets into this project. In a terminal:
      </p>
      <CodeBlock label="Start the demo" code={DEMO} />
    </section>
  );
}
