/**
 * Events as every version so far has written them (test/fixtures/log-events-<n>.jsonl: of each kind the least and the most that its
 * schema had). Files are added, never changed: what was written once is on some log, and is read for ever.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogEvent, readLogEvent } from '@vigil/contracts';
import { emptyPartition, guardedStep } from '@vigil/domain';
import { ROOT } from '../support/root.js';

const FOLDER = join(ROOT, 'test', 'fixtures');
const lines = readdirSync(FOLDER)
  .filter((name) => /^log-events-\d+\.jsonl$/.test(name))
  .flatMap((name) => readFileSync(join(FOLDER, name), 'utf8').split('\n').filter(Boolean))
  .map((line) => JSON.parse(line) as Record<string, unknown>);

test('events of every version are read, also with fields that only a later version knows', () => {
  for (const line of lines) {
    const read = readLogEvent({ ...line, ofLater: { any: 'thing' } });
    expect([line['id'], 'event' in read ? 'read' : read.unreadable]).toEqual([line['id'], 'read']);
  }
});

test('there is one of each kind: a kind that is new here gets a file of its own', () => {
  const kinds = new Set(lines.map((line) => line['kind']));
  expect(LogEvent.options.map((option) => option.shape.kind.value).filter((kind) => !kinds.has(kind))).toEqual([]);
});

test('the engine takes each of them', () => {
  const state = emptyPartition();
  for (const line of lines) {
    const event = LogEvent.parse(line);
    expect([event.id, 'failed' in guardedStep(state, event)]).toEqual([event.id, false]);
  }
});
