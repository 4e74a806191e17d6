// Runs before the first paint, so that no page flashes in the other theme.
try {
  const theme = localStorage.getItem("splitplot.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden: the system's theme it is.
}
