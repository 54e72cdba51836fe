import { DEVICE_FAULTS, GATEWAY_FAULTS, ON_CALL_TROUBLES } from '@vigil/contracts';
import { BUILT_IN } from '@vigil/domain';
import { anchorsOf, readHere } from '../../../test/support/anchors.js';
import { PART_WORDS, runbookEntryOf, runbookLink } from './runbook.js';

const runbook = readHere('docs/runbook.md');
const anchors = anchorsOf(runbook);

test('every part of the health check that the runbook knows has words here, with entries that are there', () => {
  const table = runbook.slice(runbook.indexOf('## Parts of the health check'));
  const named = [...table.matchAll(/^\| `([a-z-]+)` \| (?:yes|no|only) ?[^|]*\|/gm)].map((match) => match[1]!);
  expect(named.length).toBeGreaterThan(18);
  expect(Object.keys(PART_WORDS).sort()).toEqual([...named].sort());
  const entries = Object.values(PART_WORDS).flatMap((words) => words.entries);
  expect(entries.filter((entry) => !anchors.has(entry))).toEqual([]);
});

test('every technical alarm that Vigil raises by itself has an entry that is there', () => {
  const onCall = ON_CALL_TROUBLES.map((code) => `onCall.${code}`);
  const codes = [
    ...BUILT_IN,
    ...DEVICE_FAULTS,
    ...GATEWAY_FAULTS,
    ...onCall,
    'noData',
    'canary',
    'heartRate.noData',
    'spo2.leadsOff',
  ];
  expect(codes.map(runbookEntryOf).filter((entry) => entry === null || !anchors.has(entry))).toEqual([]);
});

test.each(['device.lowBattery', 'device.noData', 'heartRate.high', 'made-by-the-site', 'onCall.nothing', ''])(
  '%s has none',
  (code) => {
    expect(runbookEntryOf(code)).toBeNull();
  },
);

test('there is a link only where the site has said where the runbook is', () => {
  expect(runbookLink('https://wiki.example/vigil', 'nodata')).toBe('https://wiki.example/vigil#nodata');
  expect(runbookLink(null, 'nodata')).toBeNull();
});
