/** What can be done with an experiment as it stands. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";

import { api, call, type ApiError } from "../../api/client";
import { useProjectPath } from "../../app/project";
import { Button, ButtonLink } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Menu, type MenuAction } from "../../components/Menu";
import { say } from "../../components/Toasts";
import { isReadOnly, useRefreshed, type Experiment } from "./experiment";

type Step =
  | "launch"
  | "pause"
  | "resume"
  | "archive"
  | "unarchive"
  | "reset"
  | "freeze_exposure"
  | "unfreeze_exposure";

const DONE: Record<Step, { said: string; undo?: Step }> = {
  launch: { said: "Launched. Units are exposed from now on.", undo: "reset" },
  pause: { said: "Paused: the flag is off.", undo: "resume" },
  resume: { said: "Resumed: the flag is on again.", undo: "pause" },
  archive: { said: "Archived.", undo: "unarchive" },
  unarchive: { said: "Brought back.", undo: "archive" },
  reset: { said: "Reset: the experiment is a draft again." },
  freeze_exposure: { said: "Exposure is frozen: nobody new enters.", undo: "unfreeze_exposure" },
  unfreeze_exposure: { said: "New units enter again.", undo: "freeze_exposure" },
};

export function useStep(experiment: Experiment, onRefused: (error: ApiError) => void) {
  const path = useProjectPath();
  const refreshed = useRefreshed(experiment.id);
  const { mutate, isPending } = useMutation<Experiment, ApiError, Step>({
    mutationFn: (step) =>
      call(
        api.POST(`/api/projects/{project_id}/experiments/{experiment_id}/${step}/`, {
          params: { path: { ...path, experiment_id: experiment.id } },
          // Some of the steps may be told more; none has to be.
          body: {} as never,
        }),
      ),
    onSuccess: (changed, step) => {
      refreshed(changed);
      const { said, undo } = DONE[step];
      // A launch is undone by a reset, which is asked about when it is meant as one.
      say(said, undo && undo !== "reset" ? { label: "Undo", onAction: () => mutate(undo) } : undefined);
    },
    onError: onRefused,
  });
  return { take: mutate, isPending };
}

interface Props {
  experiment: Experiment;
  onRefused: (error: ApiError) => void;
}

export function Actions({ experiment, onRefused }: Props) {
  const { take, isPending } = useStep(experiment, onRefused);
  const { status, id } = experiment;
  const mayWrite = !isReadOnly(experiment);
  const isUnderWay = status === "running" || status === "exposure_frozen";
  return (
    <>
      {mayWrite && status === "draft" && (
        <>
          <ButtonLink href={`/experiments/${id}/edit`}>Edit draft</ButtonLink>
          <Button look="primary" isDisabled={isPending} onPress={() => take("launch")}>
            Launch
          </Button>
        </>
      )}
      {mayWrite && isUnderWay && (
        <Button isDisabled={isPending} onPress={() => take("pause")}>
          Pause
        </Button>
      )}
      {mayWrite && status === "paused" && (
        <Button look="primary" isDisabled={isPending} onPress={() => take("resume")}>
          Resume
        </Button>
      )}
      {mayWrite && (isUnderWay || status === "paused") && (
        <ButtonLink href={`/experiments/${id}/end`}>End…</ButtonLink>
      )}
      <MoreActions experiment={experiment} mayWrite={mayWrite} take={take} onRefused={onRefused} />
    </>
  );
}

function MoreActions({
  experiment,
  mayWrite,
  take,
  onRefused,
}: Props & { mayWrite: boolean; take: (step: Step) => void }) {
  const [, go] = useLocation();
  const [isResetting, setResetting] = useState(false);
  const duplicate = useDuplicate(experiment, onRefused);
  const { id, status } = experiment;
  const isStopped = status === "stopped";
  const changes: MenuAction[] = [
    { id: "duplicate", label: "Duplicate", onAction: duplicate },
    ...(status === "running"
      ? [{ id: "freeze", label: "Freeze exposure", onAction: () => take("freeze_exposure") }]
      : []),
    ...(status === "exposure_frozen"
      ? [{ id: "unfreeze", label: "Let new units in again", onAction: () => take("unfreeze_exposure") }]
      : []),
    ...(status === "draft"
      ? []
      : [{ id: "reset", label: "Reset to draft…", onAction: () => setResetting(true) }]),
    ...(experiment.archived
      ? [{ id: "unarchive", label: "Bring back from the archive", onAction: () => take("unarchive") }]
      : [{ id: "archive", label: "Archive", onAction: () => take("archive"), isDisabled: !isStopped }]),
  ];
  const actions: MenuAction[] = [
    ...(mayWrite ? changes : []),
    { id: "link", label: "Copy link", onAction: () => void copyLink() },
    { id: "print", label: "Print view and sharing", onAction: () => go(`/experiments/${id}/print`) },
  ];
  return (
    <>
      <Menu label="More actions" actions={actions} />
      <Dialog
        title="Reset this experiment to a draft?"
        isOpen={isResetting}
        onClose={() => setResetting(false)}
        actions={
          <Button
            look="danger"
            onPress={() => {
              setResetting(false);
              take("reset");
            }}
          >
            Reset to draft
          </Button>
        }
      >
        <p>
          Its dates and its conclusion are cleared. Events stay, but those before the next launch
          will not count. The flag goes on serving as it does now.
        </p>
      </Dialog>
    </>
  );
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(window.location.href);
    say("Copied: the link to this page.");
  } catch {
    say("The browser did not allow copying.");
  }
}

function useDuplicate(experiment: Experiment, onRefused: (error: ApiError) => void) {
  const path = useProjectPath();
  const [, go] = useLocation();
  const { mutate } = useMutation<Experiment, ApiError>({
    mutationFn: () =>
      call(
        api.POST("/api/projects/{project_id}/experiments/{experiment_id}/duplicate/", {
          params: { path: { ...path, experiment_id: experiment.id } },
          body: {} as never,
        }),
      ),
    onSuccess: (copy) => {
      say(`This is the copy: “${copy.name}”.`);
      go(`/experiments/${copy.id}`);
    },
    onError: onRefused,
  });
  return () => mutate();
}

