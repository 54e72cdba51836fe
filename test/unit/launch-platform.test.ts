/** What the launcher tells the platform. */
import { readSettings } from '../../scripts/launch/settings.mjs';
import { platformSpec } from '../../scripts/launch/specs.mjs';

const before = { ...process.env };
afterEach(() => {
  process.env = before;
});

test.each([
  [undefined, 'info'],
  ['warn', 'info'],
  ['fatal', 'info'],
  ['debug', 'debug'],
])('VIGIL_LOG_LEVEL=%s: the platform says that it is ready, or the start would be given up after a minute', (level, expected) => {
  // With a log of its own no key is read.
  const log = { EVENT_HUBS_CONNECTION_STRING: 'Endpoint=sb://hub.example/' };
  process.env = { ...log, ...(level === undefined ? {} : { VIGIL_LOG_LEVEL: level }) };
  const { settings } = readSettings({ VIGIL_DATA_DIR: '/data', ...process.env });
  expect(platformSpec(settings!).env.VIGIL_LOG_LEVEL).toBe(expected);
});
