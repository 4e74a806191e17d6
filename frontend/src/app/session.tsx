import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";

import { api, call, type Schemas } from "../api/client";

export type Session = Schemas["SessionBody"];
type SignedIn = Session & { user: NonNullable<Session["user"]> };

export const SESSION_KEY = ["session"];

export const SessionContext = createContext<Session | null>(null);

export function useReadSession() {
  return useQuery({
    queryKey: SESSION_KEY,
    queryFn: () => call(api.GET("/api/_session/")),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Who is signed in; only inside of the shell. */
export function useSession(): SignedIn {
  const session = useContext(SessionContext);
  if (!session?.user) throw new Error("nobody is signed in");
  return session as SignedIn;
}

/** Ends the session; everything that was read with it is forgotten. */
export function useSignOut() {
  const queries = useQueryClient();
  return async () => {
    await call(api.POST("/api/logout/"));
    queries.clear();
    window.location.assign("/");
  };
}
