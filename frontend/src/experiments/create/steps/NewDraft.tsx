/** The first step, before there is a draft: what it is called, and the flag that it stands on. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";

import { api, ApiError, call } from "../../../api/client";
import { useProjectPath } from "../../../app/project";
import { Banner } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { Choice, Select, TextField } from "../../../components/Fields";
import styles from "../Create.module.css";
import { experimentKey } from "../draft";
import { Hypothesis } from "./Hypothesis";

interface Idea {
  name: string;
  description: string;
  flag: "new" | "existing";
  key: string;
  hasOwnKey: boolean;
  existing: string | null;
}

const EMPTY: Idea = {
  name: "",
  description: "",
  flag: "new",
  key: "",
  hasOwnKey: false,
  existing: null,
};
const keptAs = (project: string) => `splitplot.idea.${project}`;

/** The key that a name suggests. */
export function keyFor(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
}

/** Kept in this tab until the draft is made, so that a reload loses nothing. */
function useIdea(project: string): [Idea, (change: Partial<Idea>) => void, () => void] {
  const [idea, setIdea] = useState<Idea>(() => {
    try {
      const kept: unknown = JSON.parse(sessionStorage.getItem(keptAs(project)) ?? "null");
      return { ...EMPTY, ...(kept as Partial<Idea> | null) };
    } catch {
      return EMPTY;
    }
  });
  useEffect(() => sessionStorage.setItem(keptAs(project), JSON.stringify(idea)), [project, idea]);
  return [
    idea,
    (change) => setIdea((before) => ({ ...before, ...change })),
    () => sessionStorage.removeItem(keptAs(project)),
  ];
}

function useEligibleFlags(isWanted: boolean) {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["eligible flags", path.project_id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiments/eligible_feature_flags/", {
          params: { path, query: { limit: "100" } },
        }),
      ),
    enabled: isWanted,
  });
}

export function NewDraft() {
  const path = useProjectPath();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [idea, change, forget] = useIdea(path.project_id);
  const eligible = useEligibleFlags(idea.flag === "existing");
  const key = idea.flag === "existing" ? (idea.existing ?? "") : idea.hasOwnKey ? idea.key : keyFor(idea.name);
  const make = useMutation({
    mutationFn: () =>
      call(
        api.POST("/api/projects/{project_id}/experiments/", {
          params: { path },
          body: {
            name: idea.name.trim(),
            description: idea.description,
            feature_flag_key: key,
            // Reading results at any time is what people do; so that is what we begin with.
            stats_config: {
              method: "frequentist",
              frequentist: { sequential_testing_enabled: true },
            },
            exposure_criteria: { filterTestAccounts: true },
          } as never,
        }),
      ),
    onSuccess: (experiment) => {
      forget();
      queries.setQueryData(experimentKey(path.project_id, experiment.id), experiment);
      void queries.invalidateQueries({ queryKey: ["experiments", path.project_id] });
      go(`/experiments/${experiment.id}/edit?step=who`, { replace: true });
    },
  });
  const errors = errorsOf(make.error);
  return (
    <form
      className={styles.step}
      onSubmit={(event) => {
        event.preventDefault();
        if (!make.isPending) make.mutate();
      }}
    >
      <TextField
        label="Name"
        value={idea.name}
        onChange={(name) => change({ name })}
        error={errors["name"]}
        placeholder="Checkout on one page"
        isRequired
        autoFocus
      />
      <Hypothesis
        value={idea.description}
        onChange={(description) => change({ description })}
        error={errors["description"]}
      />
      <Choice
        label="Flag"
        value={idea.flag}
        onChange={(flag) => change({ flag })}
        options={[
          { id: "new", label: "A new flag", help: "Made together with the draft, and off until the launch." },
          { id: "existing", label: "A flag that is there", help: "With two variants or more, one of them control." },
        ]}
      />
      {idea.flag === "new" ? (
        <TextField
          label="Flag key"
          value={key}
          onChange={(own) => change({ key: own, hasOwnKey: own !== "" })}
          error={errors["feature_flag_key"] ?? errors["key"]}
          help="What the code asks for. It stays as it is once the draft is made."
        />
      ) : (
        <Select
          label="Existing flag"
          value={idea.existing}
          onChange={(existing) => change({ existing })}
          options={(eligible.data?.results ?? []).map((one) => ({
            id: one.key,
            label: one.key,
            help: one.name,
          }))}
          error={errors["feature_flag_key"]}
          placeholder={eligible.data?.count === 0 ? "No flag fits" : "Choose…"}
        />
      )}
      {errors[""] && (
        <Banner tone="danger" title="The draft could not be made.">
          {errors[""]}
        </Banner>
      )}
      <div className={styles.forward}>
        <Button
          type="submit"
          look="primary"
          isDisabled={idea.name.trim() === "" || key === "" || make.isPending}
        >
          Save draft and continue
        </Button>
      </div>
    </form>
  );
}

const FIELDS = ["name", "description", "feature_flag_key", "key"];

function errorsOf(error: Error | null): Record<string, string> {
  if (!error) return {};
  const field = error instanceof ApiError ? error.attr : null;
  return { [field && FIELDS.includes(field) ? field : ""]: error.message };
}
