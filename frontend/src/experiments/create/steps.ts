export type StepId = "idea" | "who" | "measure" | "plan" | "review";

export const STEPS: readonly { id: StepId; title: string; about: string }[] = [
  { id: "idea", title: "Idea", about: "What you expect, and why" },
  { id: "who", title: "Who", about: "Who sees which variant" },
  { id: "measure", title: "Measure", about: "What decides, and what must not break" },
  { id: "plan", title: "Plan", about: "How it is judged, and how long it takes" },
  { id: "review", title: "Review", about: "What is missing, and the launch" },
];
