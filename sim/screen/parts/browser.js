// What ketnoi asks of a browser beyond what Streamlit does; set up once a visit.
(() => {
  if (window.ketnoi) return;
  const LINKS = '[data-testid^="stTopNavLink"][href], [data-testid^="stSidebarNavLink"][href]';
  const DRAWER = '[data-testid="stPopoverBody"]';
  const FIELDS = "input, textarea, button, a[href], [tabindex='0']";
  const TRIES = 8, PAUSE = 100; // milliseconds; the fields of a drawer come one by one
  const YEAR = 400 * 86400; // the longest a browser keeps a cookie
  const MOST_DESKS = 20; // whose tokens a browser remembers
  const kept = {};
  let drawer = null, opener = null;

  // What Streamlit writes by the browser's language (months of a calendar) follows the page's.
  const own = navigator.languages;
  const spoken = () => document.documentElement.lang || own[0];
  Object.defineProperty(navigator, "language", {get: spoken, configurable: true});
  Object.defineProperty(navigator, "languages", {get: () => [spoken(), ...own], configurable: true});

  // An address that says the same and more is no step: Back goes to what was chosen before.
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const now = new URL(location.href), then = new URL(url, now);
    for (const carried of ["plan", "facts"]) now.searchParams.delete(carried);
    const more = now.pathname === then.pathname
      && [...now.searchParams].every(([name, value]) => then.searchParams.get(name) === value);
    if (more) history.replaceState(state, title, url);
    else push(state, title, url);
  };

  // The links to other pages lead there with the same language, place and desk.
  const carry = () => {
    for (const link of document.querySelectorAll(LINKS)) {
      const search = `?${new URLSearchParams(kept)}`;
      if (link.search !== search) link.search = search;
    }
  };

  // Whoever opens a drawer with the keyboard stands in it, and beside it when it has closed.
  const enter = (open, last, tries) => {
    if (!tries || ![last, document.body].includes(document.activeElement)) return;
    const field = open.querySelector(FIELDS);
    field?.focus();
    setTimeout(() => enter(open, field ?? last, tries - 1), PAUSE);
  };
  const follow = () => {
    const open = document.querySelector(DRAWER);
    if (open && open !== drawer) {
      opener = document.activeElement;
      enter(open, opener, TRIES);
    } else if (!open && drawer && document.activeElement === document.body) {
      opener?.focus();
    }
    drawer = open;
  };

  const cookie = (name, value) => {
    const safe = location.protocol === "https:" ? "; secure" : "";
    if (value) document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${safe}`;
  };
  let due = 0;
  new MutationObserver(() => {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(() => { carry(); follow(); });
  }).observe(document.body, {subtree: true, childList: true});

  window.ketnoi = {
    tell(choices, cookies, list, token) {
      for (const name of Object.keys(kept)) delete kept[name];
      Object.assign(kept, choices);
      Object.entries(cookies).forEach(([name, value]) => cookie(name, value));
      const known = document.cookie.split("; ").find((each) => each.startsWith(`${list}=`));
      const others = (known ?? "").slice(list.length + 1).split(".");
      const tokens = [token, ...others.filter((each) => each && each !== token)];
      if (token) cookie(list, tokens.slice(0, MOST_DESKS).join("."));
      carry();
    },
  };
})();
