import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DeadLetterId, LogEvent } from '@vigil/contracts';
import { deadLettersCommand, type DeadLettersCommand } from '../../src/composition/dead-letters-command.js';
import { letterOfMalformed } from '../../src/stream/dead-letter-of.js';
import { batch } from '../contract/alarm-fixtures.js';
import { CONSUMER, OWNER } from '../contract/sql-fixture.js';
import { type Api, startApi } from './api-fixture.js';

let api: Api;
beforeEach(async () => void (api = await startApi()));
afterEach(() => api.end());

const tick = LogEvent.parse({
  ...{ v: 1, kind: 'tick', id: 't-1', key: 'bed:icu-1', origin: 'simulated', atMs: 5 },
  ...{ bedId: 'icu-1', gatewayId: 'gw-1' },
});
const MALFORMED = { ...tick, gatewayId: 'TESTMAN' };
const run = (command: DeadLettersCommand): Promise<string[]> => deadLettersCommand({ dataDir: api.dataDir, env: {} }, command);
const relayed = async (): Promise<unknown[]> =>
  (await api.stores.logRelay.next(1_000)).filter((row) => row.event.id === 't-1').map((row) => row.event);

/** A letter as the engine leaves it. */
async function putAside(): Promise<DeadLetterId> {
  const at = { fullyQualifiedNamespace: CONSUMER.namespace, eventHubName: CONSUMER.hub, consumerGroup: CONSUMER.group };
  await api.stores.partitionOwners.storeFor(OWNER).claimOwnership([{ ...at, partitionId: '0', ownerId: OWNER }]);
  const about = { reason: 'invalid-event', path: 'gatewayId', kind: 'tick', bedId: 'icu-1' as never } as const;
  const letter = letterOfMalformed(0, { ...about, sequence: 7, offset: 'o7', hubAtMs: 1_000, body: MALFORMED });
  await api.stores.alarmState.commit(batch([], { deadLetters: [letter] }));
  return letter.id;
}

test('the list says place and reason and no word of the content; there is nothing to say where there is none', async () => {
  expect(await run({ do: 'list', limit: 5 })).toEqual(['none']);
  const id = await putAside();
  const rows = await api.audited(async () => {
    const [line, ...rest] = await run({ do: 'list', limit: 5 });
    expect(rest).toEqual([expect.stringContaining('vigil dead-letters rerun <id>')]);
    expect(line).toBe(`${id}  1970-01-01T00:00:01.000Z  invalid-event  tick  icu-1  0/7  gatewayId`);
  });
  expect(rows).toEqual([]);
});

test('the content is shown on the machine only, and the audit trail says so', async () => {
  const id = await putAside();
  const rows = await api.audited(async () => {
    expect(await run({ do: 'show', id })).toEqual([JSON.stringify(MALFORMED)]);
  });
  expect(rows).toMatchObject([{ actor: 'system:cli', action: 'dead-letter.show', object: `dead-letter:${id}` }]);
});

test('a corrected event goes to the log once, beside the running platform, with an audit entry', async () => {
  const id = await putAside();
  await expect(run({ do: 'rerun', id })).rejects.toThrow('correct it, or leave it');
  const file = join(api.dataDir, 'corrected.json');
  writeFileSync(file, JSON.stringify(tick));
  const rows = await api.audited(async () => {
    expect(await run({ do: 'rerun', id, withFile: file })).toEqual([
      'tick t-1 is on its way to the log; Vigil has to run for that',
    ]);
  });
  expect(rows).toMatchObject([{ actor: 'system:cli', action: 'dead-letter.rerun', object: `dead-letter:${id}` }]);
  expect(await relayed()).toEqual([tick]);
  await expect(run({ do: 'rerun', id, withFile: file })).rejects.toThrow('it was read again already');
  expect(await relayed()).toHaveLength(1);
  expect((await run({ do: 'list', limit: 5 }))[0]).toMatch(/read again$/);
});

test.each<[string, DeadLettersCommand, string]>([
  ['an id that is none', { do: 'show', id: 'x' }, 'vigil dead-letters list'],
  ['a letter that is not there', { do: 'rerun', id: '0'.repeat(32) }, 'there is no such dead letter'],
])('%s is refused with one line that says what to do', async (_what, command, words) => {
  await expect(run(command)).rejects.toThrow(words);
});

test('a folder without a database is named', async () => {
  const elsewhere = { dataDir: join(api.dataDir, 'nowhere'), env: {} };
  await expect(deadLettersCommand(elsewhere, { do: 'list', limit: 1 })).rejects.toThrow('start Vigil once');
});

test('a corrected file that is not there, or is no event, changes nothing', async () => {
  const id = await putAside();
  await expect(run({ do: 'rerun', id, withFile: join(api.dataDir, 'not-there.json') })).rejects.toThrow('not-there.json');
  const file = join(api.dataDir, 'broken.json');
  writeFileSync(file, '{');
  await expect(run({ do: 'rerun', id, withFile: file })).rejects.toThrow('not-an-event');
  expect(await relayed()).toEqual([]);
});
