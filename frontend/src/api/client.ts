/** The one way from the pages to the server, typed by the server's own description. */
import createClient from "openapi-fetch";

import { readClock } from "./clock";
import { report } from "./connection";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** Same origin always: the session's cookie goes along, and nothing leaves the installation. */
export const api = createClient<paths>({
  baseUrl: "/",
  headers: { "X-Requested-With": "splitplot" },
});

/** An answer that is not a success, or no answer at all (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** The field that the refusal is about. */
  readonly attr: string | null;
  /** The whole body, for refusals that say more. */
  readonly body: unknown;

  constructor(status: number, code: string, detail: string, attr: string | null, body: unknown) {
    super(detail);
    this.status = status;
    this.code = code;
    this.attr = attr;
    this.body = body;
  }
}

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What the server answered. Throws an `ApiError` for every refusal. */
export async function call<T>(request: Promise<Outcome<T>>): Promise<NonNullable<T>> {
  let outcome: Outcome<T>;
  try {
    outcome = await request;
  } catch (cause) {
    report("lost");
    throw new ApiError(0, "no_answer", "The server does not answer.", null, cause);
  }
  readClock(outcome.response);
  report(outcome.response.status === 401 ? "signed_out" : "fine");
  if (outcome.response.ok) return outcome.data as NonNullable<T>;
  throw refusal(outcome.response.status, outcome.error);
}

function refusal(status: number, body: unknown): ApiError {
  const { code, detail, attr } = (body ?? {}) as Record<string, unknown>;
  return new ApiError(
    status,
    typeof code === "string" ? code : "error",
    typeof detail === "string" ? detail : `The server answered with status ${status}.`,
    typeof attr === "string" ? attr : null,
    body,
  );
}
