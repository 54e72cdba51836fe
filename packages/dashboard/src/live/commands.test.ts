import '../words/english-for-tests.js';
import type { AlarmView } from '@vigil/contracts';
import { commandText } from '../model/command.js';
import { GUARD_MS } from '../model/press-guard.js';
import { ACCEPTED, alarmOf } from '../model/test-data.js';
import { Commands } from './commands.js';

/** A server that answers nothing until it is told to: then the request is given up. */
function silentServer(): { giveUp: () => void } {
  const given = Promise.withResolvers<Response>();
  globalThis.fetch = () => given.promise;
  Object.defineProperty(globalThis.navigator, 'onLine', { value: true, configurable: true });
  return { giveUp: () => given.reject(new DOMException('no answer', 'TimeoutError')) };
}

describe('a press whose answer does not come in time', () => {
  const fetched = globalThis.fetch;
  afterEach(() => void (globalThis.fetch = fetched));
  const before = alarmOf('a');

  const pressed = (...echoes: readonly AlarmView[]): Promise<string> => pressedOf('accept', before, ...echoes);

  async function pressedOf(
    command: 'accept' | 'acknowledge',
    before: AlarmView,
    ...echoes: readonly AlarmView[]
  ): Promise<string> {
    const server = silentServer();
    const commands = new Commands(() => undefined);
    const press = commands.press(command, before, performance.now() - GUARD_MS - 1);
    let last = before;
    for (const echo of echoes) commands.echoed(last, (last = echo));
    expect(commands.stateOf(before.alarmId)).toEqual({ kind: 'sending', command });
    server.giveUp();
    await press;
    return commandText(commands.stateOf(before.alarmId));
  }

  test('counts as not sent', async () => {
    expect(await pressed()).toMatch(/^NO ANSWER/);
  });

  test('is no failure beside an alarm that says who goes: the live channel had told it before', async () => {
    expect(await pressed(alarmOf('a', {}, ACCEPTED))).toBe('');
  });

  test('is one when what came meanwhile was something else', async () => {
    expect(await pressed(alarmOf('a', { rev: 2 }, { step: 1, rev: 2 }))).toMatch(/^NO ANSWER/);
  });

  test('of an acknowledgement is one also when the condition has ended meanwhile: the signal goes on', async () => {
    expect(await pressedOf('acknowledge', before, alarmOf('a', { rev: 2, presence: 'latched', active: false }))).toMatch(
      /^NO ANSWER/,
    );
    expect(await pressedOf('acknowledge', before, alarmOf('a', { rev: 2, presence: 'ack' }))).toBe('');
  });

  test('of an accept is one when what somebody had accepted before has lapsed meanwhile', async () => {
    const rise = alarmOf('a', {}, { ...ACCEPTED, state: 'running' });
    const lapsed = alarmOf(
      'a',
      { rev: 2 },
      { state: 'running', rev: 9, acceptedBy: null, acceptedByName: null, acceptedAtMs: null },
    );
    expect(await pressedOf('accept', rise, lapsed)).toMatch(/^NO ANSWER/);
  });
});
