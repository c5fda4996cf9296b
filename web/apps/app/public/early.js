// Before the first paint: the theme and the language this device remembers. Inline scripts are refused by the policy.
try {
  const root = document.documentElement;
  const theme = localStorage.getItem('waggle.theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  root.lang = localStorage.getItem('waggle.language') ?? root.lang;
} catch {
  // Storage is blocked: the system decides.
}
