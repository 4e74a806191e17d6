// Runs before the first paint, so that no page flashes in the other theme.
try {
  const theme = localStorage.getItem("splitplot.theme");
  if (theme && theme !== "system") document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.density = localStorage.getItem("splitplot.density") || "normal";
} catch {
  // Storage may be forbidden: the system's theme it is.
}
