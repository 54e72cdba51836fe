/** Text colours reach at least 4.5:1 on their backgrounds (WCAG 2.2 AA); the DEMO mark is the magenta of the dashboard's demo frame. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #f4f5f7; --card: #ffffff; --ink: #17202a; --soft: #4a5563; --line: #cfd5dc; --link: #0a4fb3; --demo: #a8005f; --demo-ink: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #12161b; --card: #1c232b; --ink: #eef2f6; --soft: #b4bfcb; --line: #3a4552; --link: #8ec2ff; --demo: #a8005f; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 56rem; padding: 1rem 1rem 3rem; background: var(--bg); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header { display: flex; gap: 1.25rem; align-items: center; flex-wrap: wrap; border: 4px solid var(--demo); border-radius: .5rem; padding: .75rem 1rem; background: var(--card); }
header > div { flex: 1 1 18rem; }
header p { margin: .15rem 0 0; color: var(--soft); }
header p.demo { margin: 0; padding: .1em .4em; border-radius: .12em; background: var(--demo); color: var(--demo-ink); font-size: 2.75rem; font-weight: 800; letter-spacing: .12em; line-height: 1.15; }
h1 { margin: 0; font-size: 1.375rem; }
.state { margin: 1rem .25rem .5rem; color: var(--soft); font-size: .9375rem; }
.state.lost { color: var(--ink); font-weight: 700; }
article, .empty { margin: 0 0 .75rem; padding: .875rem 1.125rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
article:first-child { border-left: 6px solid var(--demo); }
h2 { margin: 0; font-size: 1.0625rem; overflow-wrap: anywhere; }
.meta { margin: .125rem 0 .625rem; color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
pre { margin: 0; font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
`;

/** Asks for the list every two seconds and replaces it only when it changed, so that a reader keeps the place. */
export const SCRIPT = `
const main = document.querySelector('main');
const state = document.getElementById('state');
let etag = '';
async function refresh() {
  try {
    const answer = await fetch('/list', { headers: etag === '' ? {} : { 'if-none-match': etag }, cache: 'no-store' });
    if (answer.status === 200) {
      main.innerHTML = await answer.text();
      etag = answer.headers.get('etag') ?? '';
    }
    state.classList.remove('lost');
    const shown = document.querySelectorAll('article').length;
    const text = shown === 0 ? 'Shows new mail by itself.' : shown + (shown === 1 ? ' mail' : ' mails') + ', newest first. Shows new mail by itself.';
    if (state.textContent !== text) state.textContent = text;
  } catch {
    state.classList.add('lost');
    state.textContent = 'The inbox does not answer: what is below may be old.';
  }
  setTimeout(refresh, 2000);
}
refresh();
`;
