import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { FakeClock, SystemClock } from '@vigil/clock';
import { BedId, NewPatient } from '@vigil/contracts';
import { silentLog } from '../log.js';
import { answerCode, hl7Frame } from './hl7-message.js';
import { Hl7Moves } from './hl7-moves.js';
import { madeUpPatient } from './made-up.js';
import type { Move, MovePlan } from './moves.js';
import type { MoveSink, Told, ToldMove } from './move-sink.js';
import { AdtOutage } from './platform-calls.js';
import { playMoves } from './play-moves.js';

const bedId = BedId.parse('icu-1');
const move = (kind: Move['kind'], atMs: number, stay = 0): Move => ({ kind, atMs, stay, person: stay, bedId });
const planOf = (...moves: Move[]): MovePlan => ({ moves, waited: 0, stayedPut: 0 });

/** Keeps what it is told, and answers what it is made to answer. */
class Listener implements MoveSink {
  readonly heard: ToldMove[] = [];
  answers: (Told | 'away')[] = [];

  tell(told: ToldMove): Promise<Told> {
    const answer = this.answers.shift() ?? 'accepted';
    if (answer === 'away') return Promise.reject(new AdtOutage('unreachable', null));
    this.heard.push(told);
    return Promise.resolve(answer);
  }

  close(): void {
    // Nothing is open.
  }
}

function play(plan: MovePlan, answers: (Told | 'away')[] = []) {
  const clock = new FakeClock();
  const sink = new Listener();
  sink.answers = answers;
  const stop = new AbortController();
  const startMs = Math.round(clock.nowMs());
  const done = playMoves({ plan, sink, clock, log: silentLog, seed: 1, signal: stop.signal });
  const heard = () => sink.heard.map(({ kind, atMs }) => `${kind} ${atMs - startMs}`);
  return { clock, sink, stop, done, heard };
}

test('each move is told at its time, and not before', async () => {
  const { clock, done, heard } = play(planOf(move('admit', 0), move('transfer', 1_000), move('discharge', 5_000)));
  await clock.advance(999);
  expect(heard()).toEqual(['admit 0']);
  await clock.advance(4_001);
  expect(heard()).toEqual(['admit 0', 'transfer 1000', 'discharge 5000']);
  expect(await done).toEqual({ accepted: 3, task: 0, refused: 0 });
});

test('while nobody can be told the rest waits, is told in its order and happened later by as much', async () => {
  const plan = planOf(move('admit', 0), move('discharge', 100), move('admit', 200, 1));
  const { clock, sink, done, heard } = play(plan, ['away', 'away']);
  await clock.advance(499);
  expect(heard()).toEqual([]);
  for (let n = 0; n < 20; n++) await clock.advance(100);
  expect(await done).toMatchObject({ accepted: 3 });
  expect(sink.heard.map(({ kind }) => kind)).toEqual(['admit', 'discharge', 'admit']);
  const [first, second, third] = sink.heard.map(({ atMs }) => atMs) as [number, number, number];
  // Two waits, of half a second and of one.
  expect(second - first).toBeGreaterThanOrEqual(1_600);
  expect(third - second).toBe(100);
  expect(new Set(sink.heard.map(({ encounterId }) => encounterId)).size).toBe(2);
});

test('a stay that was not admitted is not told of again', async () => {
  const plan = planOf(move('admit', 0), move('admit', 1, 1), move('discharge', 2), move('discharge', 3, 1));
  const { clock, done, heard } = play(plan, ['task']);
  await clock.advance(10);
  expect(await done).toEqual({ accepted: 2, task: 1, refused: 0 });
  expect(heard()).toEqual(['admit 0', 'admit 1', 'discharge 3']);
});

test('a run that is stopped tells no more', async () => {
  const { clock, stop, done, heard } = play(planOf(move('admit', 0), move('discharge', 1_000)));
  await clock.advance(10);
  stop.abort(new Error('stopped'));
  await expect(done).rejects.toThrow('stopped');
  await clock.advance(10_000);
  expect(heard()).toHaveLength(1);
});

test('people are made up, the same for the same seed, and fit the contract', () => {
  for (let person = 0; person < 200; person++) {
    const made = madeUpPatient(4, person);
    expect(NewPatient.safeParse(made).success).toBe(true);
    expect(made).toEqual(madeUpPatient(4, person));
    expect(made.familyName).toMatch(/^Sim-/);
  }
  expect(madeUpPatient(4, 1)).not.toEqual(madeUpPatient(5, 1));
});

const told: ToldMove = {
  ...move('transfer', 0),
  atMs: Date.UTC(2026, 10, 21, 21, 30, 0, 5),
  patient: { ...madeUpPatient(1, 2), familyName: 'O|Neil^\\' },
  encounterId: 'adt-x-1',
};

test('an ADT message has what the receiver needs, marked as training, and no name becomes a field', () => {
  const frame = hl7Frame(told, { authority: 'SIM', facility: 'WARD' }, 'icu-2').toString();
  expect([frame[0], frame.slice(-2)]).toEqual(['\x0b', '\x1c\r']);
  const segments = Object.fromEntries(
    frame
      .slice(1, -3)
      .split('\r')
      .map((line) => [line.slice(0, 3), line.split('|')]),
  );
  const [msh, evn, pid, pv1] = ['MSH', 'EVN', 'PID', 'PV1'].map((name) => segments[name]!) as [
    string[],
    string[],
    string[],
    string[],
  ];
  // The first separator is a field of its own in MSH.
  expect([msh[3], msh[8], msh[10], msh[11]]).toEqual(['WARD', 'ADT^A02^ADT_A01', 'T', '2.5.1']);
  expect([evn[1], evn[2], evn[6]]).toEqual(['A02', '20261121213000.005+0000', '20261121213000.005+0000']);
  expect([pid[3], pid[5]]).toEqual(['ADT-1-0002^^^SIM^MR', `O\\F\\Neil\\S\\\\E\\^${told.patient.givenName}^^^^^L`]);
  expect([pv1[3], pv1[6], pv1[19]]).toEqual(['icu-1', 'icu-2', 'adt-x-1']);
});

test.each([
  ['MSH|^~\\&|A\rMSA|AA|1\r', 'AA'],
  ['MSH|^~\\&|A\rMSA|AE|1|why', 'AE'],
  ['MSH|x|MSAAA', null],
])('the answer in %j is %s', (frame, code) => expect(answerCode(frame)).toBe(code));

describe('over MLLP', () => {
  let server: Server;
  let answers: (string | null)[];
  let heard: string[];
  beforeEach(async () => {
    [answers, heard] = [[], []];
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        heard.push(chunk.toString());
        const answer = answers.shift();
        if (answer === null) socket.destroy();
        else socket.write(`\x0bMSH|^~\\&|V\rMSA|${answer ?? 'AA'}|1\r\x1c\r`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));
  const sink = () =>
    new Hl7Moves({
      port: (server.address() as AddressInfo).port,
      authority: 'SIM',
      facility: 'WARD',
      clock: new SystemClock(),
    });

  test('what is kept for a person is a task, what is not for here is refused, and a lost connection is made anew', async () => {
    const moves = sink();
    answers = ['AA', 'AE', 'AR', null, 'AA'];
    expect([await moves.tell({ ...told, kind: 'admit' }), await moves.tell(told), await moves.tell(told)]).toEqual([
      ...['accepted', 'task', 'refused'],
    ]);
    await expect(moves.tell(told)).rejects.toMatchObject({ name: 'AdtOutage', retryable: true });
    expect(await moves.tell(told)).toBe('accepted');
    expect(heard.slice(1).every((frame) => frame.includes('|icu-1|||icu-1|'))).toBe(true);
    moves.close();
  });
});
