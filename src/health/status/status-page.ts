import { PART_WORDS, runbookLink } from './runbook.js';
import type { Figure, ProcessFacts, StatusFacts } from './status-facts.js';

export const STATUS_PATH = '/status';
export const STATUS_STYLE_PATH = '/status/style.css';
/** The browser asks again by itself; there is no script. */
const AGAIN_S = 10;

/** Grounds and signs differ, not colour alone. */
export const STATUS_STYLE = `:root { color-scheme: light dark; --bad: #b3261e; --ok: #1b6e3c; --line: #8a94a0; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff9a91; --ok: #7bd69b; --line: #5b6672; } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 0.5rem; }
h2 { font-size: 1.125rem; margin: 2rem 0 0.5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: 0.375rem 0.75rem 0.375rem 0; text-align: start; vertical-align: top; }
td { overflow-wrap: anywhere; }
.bad { color: var(--bad); font-weight: 700; }
.ok { color: var(--ok); }
.head { border-inline-start: 0.375rem solid currentColor; padding: 0.25rem 0.75rem; }
`;

/** The page for engineers: a text, a few tables, no script. Pure. */
export function statusPage(facts: StatusFacts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${AGAIN_S}">
<title>${facts.ready && facts.findsAlarms ? 'Ready' : 'NOT READY'} – Vigil status</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${STATUS_STYLE_PATH}">
</head>
<body>
<main>
<h1>Vigil: status for engineers</h1>
${headOf(facts)}
<p>As this process knew it at ${momentOf(facts.atMs)}; this page asks again every ${AGAIN_S} s. Nothing of a patient is on it. The bedside monitors stay the primary alarm.</p>
<h2 id="parts">Parts of this process</h2>
${partsOf(facts)}
<h2 id="processes">Processes of the site</h2>
${processesOf(facts)}
<h2 id="figures">Ages and what waits, in this process</h2>
${figuresOf(facts.figures)}
</main>
</body>
</html>
`;
}

function headOf({ ready, findsAlarms, parts }: StatusFacts): string {
  const lines = [
    ready
      ? '<p class="head ok">✓ This process does its work.</p>'
      : '<p class="head bad">✗ This process does not do its work.</p>',
  ];
  if (!findsAlarms)
    lines.push('<p class="head bad">✗ Alarms may be missing: nobody finds them, or not all who share them do.</p>');
  const isAway = (name: string): boolean => parts.some((part) => part.name === name && !part.ready);
  if (isAway('store') || isAway('site'))
    lines.push(
      '<p class="head bad">✗ The database does not answer. What is below is from memory: of other processes it may be old.</p>',
    );
  return lines.join('\n');
}

function partsOf({ parts, atMs, runbookUrl }: StatusFacts): string {
  const rows = [...parts]
    .sort((a, b) => Number(a.ready) - Number(b.ready) || Number(b.vital) - Number(a.vital))
    .map(({ name, ready, vital, reason, sinceMs }) => {
      const words = PART_WORDS[name];
      const state = ready ? '<td class="ok">✓ works</td>' : `<td class="bad">✗ ${escaped(reason)}</td>`;
      const help =
        ready || words === undefined
          ? ''
          : `${escaped(words.means)}. ${words.entries.map((entry) => helpOf(entry, runbookUrl)).join(', ')}`;
      return `<tr><th scope="row">${escaped(name)}</th>${state}<td>${spanOf((atMs - sinceMs) / 1_000)}</td><td>${vital ? 'yes' : 'no'}</td><td>${help}</td></tr>`;
    });
  return table(['part', 'state', 'for', 'vital', 'means, and runbook'], rows);
}

/** Where nobody can be sent, the entry is named. */
function helpOf(entry: string, runbookUrl: string | null): string {
  const link = runbookLink(runbookUrl, entry);
  return link === null
    ? `docs/runbook.md: ${escaped(entry)}`
    : `<a href="${escaped(link)}" rel="noreferrer">runbook: ${escaped(entry)}</a>`;
}

function processesOf({ processes }: StatusFacts): string {
  const rows = processes.map(({ role, buildId, heardAgoMs, reads, does, notReady }: ProcessFacts) => {
    const heard = heardAgoMs === null ? 'this one' : `${spanOf(heardAgoMs / 1_000)} ago`;
    const read = reads.map(([group, partitions]) => `${escaped(group)} (${partitions})`).join(', ');
    const state =
      notReady.length === 0
        ? '<td class="ok">✓</td>'
        : `<td class="bad">✗ ${notReady.map(({ name }) => escaped(name)).join(', ')}</td>`;
    return `<tr><th scope="row">${escaped(role)}</th><td>${escaped(buildId)}</td><td>${heard}</td>${state}<td>${read}</td><td>${does.map(escaped).join(', ')}</td></tr>`;
  });
  return table(['role', 'version', 'heard', 'parts', 'reads (partitions)', 'does what one process does'], rows);
}

function figuresOf(figures: readonly Figure[]): string {
  const rows = figures.map(
    ({ of, unit, value }) => `<tr><th scope="row">${escaped(of)}</th><td>${figureOf(unit, value)}</td></tr>`,
  );
  return table(['of', 'now'], rows);
}

function figureOf(unit: Figure['unit'], value: number | null): string {
  if (value === null) return 'not known here';
  if (!Number.isFinite(value)) return 'never';
  return unit === 's' ? spanOf(value) : String(value);
}

const table = (heads: readonly string[], rows: readonly string[]): string =>
  `<table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>`;

const momentOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** Two units at most: `3 d 4 h`, `12 min`, `0.4 s`. Pure. */
export function spanOf(seconds: number): string {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);
