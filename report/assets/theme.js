(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const wanted = matchMedia("(prefers-color-scheme: dark)");
  const store = {
    get() { try { return localStorage.getItem("wsproof-theme"); } catch { return null; } },
    set(value) { try { localStorage.setItem("wsproof-theme", value); } catch { /* private window */ } },
  };
  const apply = () => {
    const chosen = store.get();
    const dark = chosen ? chosen === "dark" : wanted.matches;
    root.dataset.theme = dark ? "dark" : "light";
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-label", dark ? "Use light colours" : "Use dark colours");
  };
  button.addEventListener("click", () => {
    store.set(root.dataset.theme === "dark" ? "light" : "dark");
    apply();
  });
  wanted.addEventListener("change", apply);
  button.hidden = false;
  apply();
})();
