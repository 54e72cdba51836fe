import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alarmsOf, expectedLines, incidentLines, parseIncident } from '../../src/replay/incident.js';

/**
 * Incidents of the field, made by `vigil replay --to-test`: what the engine knew of a bed, what came then, and the alarms that it
 * raised. `npm run golden:accept` rewrites what is expected; the difference is reviewed like code, and the commit says which
 * alarms moved and why that is right.
 */
const folder = join(import.meta.dirname, 'incidents');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.jsonl') && !file.endsWith('.expected.jsonl'))
  .map((file) => file.slice(0, -'.jsonl'.length))
  .sort();

/** Whether jest was told to take what there is now as right. */
const accepts = (): boolean =>
  (expect.getState() as { snapshotState?: { _updateSnapshot?: string } }).snapshotState?._updateSnapshot === 'all';

describe('incidents', () => {
  test.each(names)('%s raises exactly its alarms, twice', (name) => {
    const text = readFileSync(join(folder, `${name}.jsonl`), 'utf8');
    const file = join(folder, `${name}.expected.jsonl`);
    const raised = expectedLines({ expected: alarmsOf(parseIncident(text)) });
    expect(expectedLines({ expected: alarmsOf(parseIncident(text)) })).toEqual(raised);
    if (accepts()) writeFileSync(file, raised.map((line) => `${line}\n`).join(''));
    expect(existsSync(file)).toBe(true);
    expect(raised).toEqual(readFileSync(file, 'utf8').split('\n').slice(0, -1));
  });

  test.each(names)('%s is of the origin `test` alone', (name) => {
    const beds = parseIncident(readFileSync(join(folder, `${name}.jsonl`), 'utf8'));
    expect(new Set(beds.flatMap(({ events }) => events.map((event) => event.origin)))).toEqual(new Set(['test']));
    expect(incidentLines({ beds }).length).toBeGreaterThan(1);
  });
});
