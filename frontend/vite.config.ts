import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.SPLITPLOT_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    // Beside what else the server hands out to browsers; the Python package includes it.
    outDir: "../src/splitplot/ui/static/app",
    emptyOutDir: true,
    target: "es2022",
    manifest: true,
    // A file that is inlined would need an exception in the content security policy.
    assetsInlineLimit: 0,
  },
  // `npm run dev` beside a server of `make run`.
  server: { proxy: { "/api": server, "/_health": server } },
});
