import { readFileSync } from 'node:fs';
import { ESCALATION_EVENTS, ESCALATION_TABLE } from './escalation-table.js';

test('docs/architecture.md shows this table', () => {
  const page = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8');
  const head = `| state | ${ESCALATION_EVENTS.join(' | ')} |`;
  const rows = Object.entries(ESCALATION_TABLE).map(
    ([state, row]) => `| \`${state}\` | ${ESCALATION_EVENTS.map((event) => row[event]).join(' | ')} |`,
  );
  const at = page.indexOf(head);
  const shown = page
    .slice(at)
    .split('\n')
    .slice(0, rows.length + 2);
  expect([shown[0], ...shown.slice(2)]).toEqual([head, ...rows]);
});

test('nothing is told where nothing runs, and an answer is refused or noted, never lost', () => {
  for (const [state, row] of Object.entries(ESCALATION_TABLE)) {
    expect(row.due === 'tell').toBe(state === 'running' || state === 'pending');
    for (const answer of ['accept', 'decline', 'arrive', 'pass'] as const) expect(row[answer]).not.toBe('stay');
  }
});
