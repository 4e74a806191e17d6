/** Where an experiment stands, by symbol and word. */
import type { Tone } from "../../components/Badge";
import type { Experiment } from "./experiment";

export const STATUS: Record<Experiment["status"], { symbol: string; word: string; tone: Tone }> = {
  draft: { symbol: "○", word: "Draft", tone: "neutral" },
  running: { symbol: "●", word: "Running", tone: "fine" },
  paused: { symbol: "‖", word: "Paused", tone: "caution" },
  exposure_frozen: { symbol: "❄", word: "Exposure frozen", tone: "caution" },
  stopped: { symbol: "■", word: "Ended", tone: "neutral" },
};

export const CONCLUSIONS: Record<NonNullable<Experiment["conclusion"]>, string> = {
  won: "Won",
  lost: "Lost",
  inconclusive: "Inconclusive",
  stopped_early: "Stopped early",
  invalid: "Invalid",
};
