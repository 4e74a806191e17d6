import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, call, type Schemas } from "../api/client";
import { PROJECTS_KEY, useProjectPath } from "../app/project";
import { Banner } from "../components/Badge";
import { Button } from "../components/Button";
import { ComboField } from "../components/ComboField";
import { Checkbox, Select, TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { percent } from "../components/format";
import { Panel } from "../components/Page";
import { SecretValue } from "../components/SecretValue";
import { ErrorState, Skeleton } from "../components/States";
import { say } from "../components/Toasts";
import { Confirm } from "./Confirm";
import styles from "./Settings.module.css";
import { TestAccounts, type Filter } from "./TestAccounts";

type Project = Schemas["ProjectBody"];

export function ProjectSettings() {
  const path = useProjectPath();
  const project = useQuery({
    queryKey: ["project", path.project_id],
    queryFn: () => call(api.GET("/api/projects/{project_id}/", { params: { path } })),
  });
  if (project.error) return <ErrorState error={project.error} onRetry={project.refetch} />;
  if (!project.data) return <Skeleton height={420} />;
  return (
    <>
      <Values key={project.data.id} project={project.data} />
      <Keys project={project.data} />
    </>
  );
}

const FIELDS = [
  "name",
  "timezone",
  "test_account_filters",
  "default_experiment_stats_method",
  "default_experiment_confidence_level",
  "default_only_count_matured_users",
  "flags_persistence_default",
  "experiment_recalculation_time",
] as const;

const LEVELS = [0.9, 0.95, 0.99];
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone")].map((id) => ({ id }));

function Values({ project }: { project: Project }) {
  const path = useProjectPath();
  const queries = useQueryClient();
  const [values, setValues] = useState(project);
  const mayEdit = mayChange(project);
  const set = (changes: Partial<Project>) => setValues((before) => ({ ...before, ...changes }));
  const { isSending, refusals, send } = useSending(async () => {
    const body = Object.fromEntries(FIELDS.map((field) => [field, values[field]]));
    const saved = await call(api.PATCH("/api/projects/{project_id}/", { params: { path }, body }));
    queries.setQueryData(["project", path.project_id], saved);
    void queries.invalidateQueries({ queryKey: PROJECTS_KEY });
    say("Saved.");
  }, FIELDS);
  return (
    <Panel title="Project">
      {!mayEdit && (
        <Banner tone="neutral" title="Read only.">
          You may see the settings of this project but not change them.
        </Banner>
      )}
      <Form onSend={send} refusals={refusals}>
        <fieldset className={`${styles.fieldset} ${styles.form}`} disabled={!mayEdit}>
          <TextField
            label="Name"
            value={values.name}
            onChange={(name) => set({ name })}
            error={refusals.of("name")}
            isDisabled={!mayEdit}
          />
          <ComboField
            label="Time zone"
            value={values.timezone}
            onChange={(timezone) => set({ timezone })}
            suggestions={ZONES}
            error={refusals.of("timezone")}
            help="Days of results begin at its midnight."
            isDisabled={!mayEdit}
          />
          <TestAccounts
            filters={values.test_account_filters as unknown as Filter[]}
            onChange={(filters) => set({ test_account_filters: filters as never })}
            error={refusals.of("test_account_filters")}
            isDisabled={!mayEdit}
          />
          <div className={styles.pair}>
            <Select
              label="Statistics of new experiments"
              value={values.default_experiment_stats_method}
              onChange={(method) => set({ default_experiment_stats_method: method })}
              options={[
                { id: "bayesian", label: "Bayesian" },
                { id: "frequentist", label: "Frequentist" },
              ]}
              error={refusals.of("default_experiment_stats_method")}
              isDisabled={!mayEdit}
            />
            <Select
              label="Level of intervals"
              value={String(values.default_experiment_confidence_level ?? "")}
              onChange={(level) =>
                set({ default_experiment_confidence_level: level === "" ? null : Number(level) })
              }
              options={[
                { id: "", label: "As the method has it" },
                ...LEVELS.map((level) => ({ id: String(level), label: percent(level, 0) })),
              ]}
              error={refusals.of("default_experiment_confidence_level")}
              isDisabled={!mayEdit}
            />
          </div>
          <TextField
            label="Results by day are computed at"
            value={values.experiment_recalculation_time}
            onChange={(time) => set({ experiment_recalculation_time: time })}
            error={refusals.of("experiment_recalculation_time")}
            help="Time of day in UTC, such as 02:00:00."
            isDisabled={!mayEdit}
          />
          <Checkbox
            isSelected={values.default_only_count_matured_users}
            onChange={(isOn) => set({ default_only_count_matured_users: isOn })}
            isDisabled={!mayEdit}
          >
            New experiments count a unit once its conversion window is over
          </Checkbox>
          <Checkbox
            isSelected={values.flags_persistence_default}
            onChange={(isOn) => set({ flags_persistence_default: isOn })}
            isDisabled={!mayEdit}
          >
            New flags keep what somebody got across sign-in
          </Checkbox>
          {mayEdit && (
            <div>
              <Button type="submit" look="primary" isPending={isSending}>
                {isSending ? "Saving…" : "Save"}
              </Button>
            </div>
          )}
        </fieldset>
      </Form>
    </Panel>
  );
}

/** Who may change the project's settings: its editors, and who manages it. */
function mayChange(project: Project): boolean {
  return project.user_access_level === "manager" || project.user_access_level === "editor";
}

function Keys({ project }: { project: Project }) {
  const path = useProjectPath();
  const [isAsking, setIsAsking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const rotate = async () => {
    const answer = await call(
      api.PATCH("/api/projects/{project_id}/rotate_secret_token/", { params: { path } }),
    );
    setSecret(answer.secret_api_token);
  };
  return (
    <Panel title="Keys of the project">
      <div className={styles.stack}>
        <SecretValue
          label="Project token"
          value={project.api_token}
          help="For SDKs in browsers, apps and servers; no secret."
        />
        {secret ? (
          <SecretValue
            label="Project secret key"
            value={secret}
            help="Shown this once; the one before opens nothing any more."
          />
        ) : (
          mayChange(project) && (
            <Button onPress={() => setIsAsking(true)}>New project secret key…</Button>
          )
        )}
      </div>
      {isAsking && (
        <Confirm
          title="Make a new project secret key?"
          verb="Make a new key"
          act={rotate}
          onClose={() => setIsAsking(false)}
        >
          Servers that evaluate flags by themselves with the present key stop being let in.
        </Confirm>
      )}
    </Panel>
  );
}
