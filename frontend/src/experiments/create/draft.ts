/** A draft that is saved as it changes: what was typed is shown at once, and sent when typing pauses. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { api, ApiError, call, type Schemas } from "../../api/client";
import { useProjectPath } from "../../app/project";
import type { PropertyFilter } from "../../metrics/document";

export type Experiment = Schemas["ExperimentBody"];
export type Patch = Partial<Record<keyof Experiment, unknown>>;
export type SaveState = "saved" | "waiting" | "saving" | "failed";

export interface Draft {
  /** As the reader sees it: with what has not been sent yet. */
  experiment: Experiment;
  change: (patch: Patch) => void;
  /** Whom the flag's first rule lets in. */
  changeTargeting: (filters: readonly PropertyFilter[]) => void;
  state: SaveState;
  /** By the field of the API. */
  errors: Readonly<Record<string, string>>;
  /** Sends what waits, and answers whether everything is saved. */
  flush: () => Promise<boolean>;
}

const PAUSE_MS = 600;
const GENERAL = "";

export const experimentKey = (project: string, id: number) => ["experiment", project, id];

interface Waiting {
  patch: Patch;
  targeting: readonly PropertyFilter[] | null;
}

const nothing = (): Waiting => ({ patch: {}, targeting: null });
const isEmpty = (waiting: Waiting) =>
  Object.keys(waiting.patch).length === 0 && waiting.targeting === null;

export function useDraft(stored: Experiment): Draft {
  const queries = useQueryClient();
  const { project_id: project } = useProjectPath();
  const [shown, setShown] = useState<Waiting>(nothing);
  const [state, setState] = useState<SaveState>("saved");
  const [errors, setErrors] = useState<Draft["errors"]>({});
  const waiting = useRef<Waiting>(nothing());
  const latest = useRef(stored);
  const timer = useRef<number | undefined>(undefined);
  const sending = useRef<Promise<boolean> | null>(null);

  const took = useCallback(
    (experiment: Experiment) => {
      latest.current = experiment;
      queries.setQueryData(experimentKey(project, experiment.id), experiment);
    },
    [queries, project],
  );

  const send = useCallback(async (): Promise<boolean> => {
    while (!isEmpty(waiting.current)) {
      const sent = waiting.current;
      waiting.current = nothing();
      setState("saving");
      try {
        took(await store({ project_id: project }, latest.current, sent));
        setErrors({});
      } catch (error) {
        // Kept, unless it was changed again meanwhile, and sent with the next change.
        waiting.current = {
          patch: { ...sent.patch, ...waiting.current.patch },
          targeting: waiting.current.targeting ?? sent.targeting,
        };
        setErrors(errorsOf(error));
        setState("failed");
        return false;
      }
      setShown(waiting.current);
    }
    setState("saved");
    void queries.invalidateQueries({ queryKey: ["experiments", project] });
    return true;
  }, [project, queries, took]);

  const flush = useCallback(async (): Promise<boolean> => {
    window.clearTimeout(timer.current);
    while (sending.current) await sending.current;
    sending.current = send();
    try {
      return await sending.current;
    } finally {
      sending.current = null;
    }
  }, [send]);

  const add = useCallback(
    (more: Partial<Waiting>) => {
      const { patch, targeting } = waiting.current;
      waiting.current = {
        patch: { ...patch, ...more.patch },
        targeting: more.targeting ?? targeting,
      };
      setShown((before) => ({
        patch: { ...before.patch, ...more.patch },
        targeting: more.targeting ?? before.targeting,
      }));
      setState("waiting");
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => void flush(), PAUSE_MS);
    },
    [flush],
  );

  useEffect(() => {
    // Leaving the page, by a link or altogether, sends what waits.
    const leave = () => void flush();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, [flush]);

  const experiment = { ...stored, ...shown.patch } as Experiment;
  return {
    experiment: shown.targeting ? withTargeting(experiment, shown.targeting) : experiment,
    change: (patch) => add({ patch }),
    changeTargeting: (targeting) => add({ targeting }),
    state,
    errors,
    flush,
  };
}

type ProjectPath = ReturnType<typeof useProjectPath>;

async function store(path: ProjectPath, before: Experiment, sent: Waiting): Promise<Experiment> {
  const params = { path: { ...path, experiment_id: before.id } };
  const address = "/api/projects/{project_id}/experiments/{experiment_id}/" as const;
  let after = before;
  if (Object.keys(sent.patch).length > 0) {
    const body = sent.patch as never;
    after = await call(api.PATCH(address, { params, body, keepalive: true }));
  }
  if (sent.targeting === null) return after;
  const { id, filters } = withTargeting(after, sent.targeting).feature_flag;
  await call(
    api.PATCH("/api/projects/{project_id}/feature_flags/{flag_id}/", {
      params: { path: { ...path, flag_id: id } },
      body: { filters } as never,
      keepalive: true,
    }),
  );
  return call(api.GET(address, { params }));
}

function errorsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return { [GENERAL]: String(error) };
  return { [error.attr ?? GENERAL]: error.message };
}

export const generalError = (draft: Draft) => draft.errors[GENERAL];

// What the documents of an experiment hold, as far as the wizard knows it.

export interface VariantDocument {
  key: string;
  name?: string | null;
  rollout_percentage: number;
}

export interface Parameters {
  feature_flag_variants?: VariantDocument[];
  rollout_percentage?: number | null;
  minimum_detectable_effect?: number | null;
  recommended_sample_size?: number | null;
  recommended_running_time?: number | null;
  planning_event?: string | null;
  [member: string]: unknown;
}

export const parametersOf = (experiment: Experiment) => (experiment.parameters ?? {}) as Parameters;

interface Group {
  properties?: PropertyFilter[];
  rollout_percentage?: number | null;
}

const groupsOf = (experiment: Experiment) =>
  (experiment.feature_flag.filters["groups"] ?? []) as Group[];

export const targetingOf = (experiment: Experiment): readonly PropertyFilter[] =>
  groupsOf(experiment)[0]?.properties ?? [];

/** Of the flag's first rule, unless a share was chosen that is not saved yet. */
export function rolloutOf(experiment: Experiment): number {
  const chosen = parametersOf(experiment).rollout_percentage;
  return chosen ?? groupsOf(experiment)[0]?.rollout_percentage ?? 100;
}

export function variantsOf(experiment: Experiment): readonly VariantDocument[] {
  const chosen = parametersOf(experiment).feature_flag_variants;
  const { multivariate } = experiment.feature_flag.filters;
  const kept = (multivariate as { variants?: VariantDocument[] } | null)?.variants ?? [];
  // Answers name each share twice; sent back, the other name would undo what was changed.
  return (chosen?.length ? chosen : kept).map(({ key, name, rollout_percentage }) => ({
    key,
    name: name ?? "",
    rollout_percentage,
  }));
}

function withTargeting(experiment: Experiment, properties: readonly PropertyFilter[]): Experiment {
  const [first, ...others] = groupsOf(experiment);
  const flag = experiment.feature_flag;
  const groups = [{ rollout_percentage: 100, ...first, properties: [...properties] }, ...others];
  return { ...experiment, feature_flag: { ...flag, filters: { ...flag.filters, groups } } };
}
