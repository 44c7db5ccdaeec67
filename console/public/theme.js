// Before the first paint: a chosen colour scheme stands on the document, so that nothing flashes. A classic script of
// our own origin, because the content security policy allows no inline one.
try {
  const theme = localStorage.getItem('redpill.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be forbidden; then the system's scheme it is.
}
