import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainState, consistencyProof, nodesAfter, openSigningKeyFile, leafHash, type Signer } from '@vigil/audit-chain';
import { mailText } from './outage.js';
import { AUDIT_SILENT_MS, AUDIT_WATCH_START, watchAudit } from './audit-watch.js';
import { Witness } from './witness.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'vigil-witness-'));
const newSigner = (): Signer => openSigningKeyFile(join(folder(), 'key.json'), { create: true });
const entry = (seq: number, by = 'amy'): Buffer => Buffer.from(`${by} ${seq}`);

/** A log with `size` entries, of which those from `from` on are `by` somebody else. */
function logOf(size: number, from = Infinity, by = 'eve') {
  const entries = Array.from({ length: size }, (_, i) => entry(i + 1, i + 1 < from ? 'amy' : by));
  const at = (end: number): ChainState => {
    const state = ChainState.empty();
    for (const bytes of entries.slice(0, end)) state.append(bytes);
    return state;
  };
  return {
    note: (signer: Signer, end = size, timeMs = end * 1000): string => {
      const state = at(end);
      return signer.sign({ size: end, root: state.frontier.root(), head: state.chainHead, timeMs });
    },
    proof: async (first: number, end = size): Promise<string[]> => {
      const nodes = nodesAfter(ChainState.empty().frontier, (i) => Promise.resolve(entries[i] ? leafHash(entries[i]) : null));
      return (await consistencyProof(first, end, nodes)).map((hash) => hash.toString('base64'));
    },
  };
}

function scene(signer = newSigner()) {
  const file = join(folder(), 'deep', 'witness.json');
  let wallMs = 1_000_000;
  const open = (): Witness => new Witness({ file, readKeys: () => signer.publicKeys, wallMs: () => wallMs });
  let witness = open();
  return {
    file,
    signer,
    restart: () => void (witness = open()),
    pass: (ms: number) => void (wallMs += ms),
    witness: () => witness,
    send: (note: string, old = 0, proof: readonly string[] = []) => witness.take([`old ${old}`, ...proof, '', note].join('\n')),
  };
}

test('the first note is taken, and each that continues it', async () => {
  const [s, log] = [scene(), logOf(40)];
  expect(s.send(log.note(s.signer, 10))).toEqual({ status: 200, text: '' });
  expect(s.send(log.note(s.signer, 25), 10, await log.proof(10, 25)).status).toBe(200);
  expect(s.send(log.note(s.signer, 25, 99_000), 25).status).toBe(200);
  expect(s.witness().changed).toBeNull();
  expect(statSync(s.file).mode & 0o777).toBe(0o600);
});

test('who does not know what the witness has is told its size, also after a restart', async () => {
  const [s, log] = [scene(), logOf(40)];
  s.send(log.note(s.signer, 10));
  s.restart();
  expect(s.send(log.note(s.signer, 25))).toEqual({ status: 409, text: '10\n' });
  expect(s.send(log.note(s.signer, 25), 10, await log.proof(10, 25)).status).toBe(200);
});

test('a log that was changed before what the witness saw is refused, and stays known as changed', async () => {
  const [s, log, forged] = [scene(), logOf(40), logOf(40, 8)];
  s.send(log.note(s.signer, 10));
  expect(s.send(forged.note(s.signer, 25), 10, await forged.proof(10, 25))).toEqual({ status: 422, text: 'rebuilt\n' });
  expect(s.send(log.note(s.signer, 25), 10, await log.proof(10, 25)).status).toBe(200);
  s.restart();
  expect(s.witness().changed).toMatchObject({ how: 'rebuilt', atWallMs: 1_000_000 });
});

test('another log of the same size is refused', () => {
  const s = scene();
  s.send(logOf(10).note(s.signer));
  expect(s.send(logOf(10, 3).note(s.signer, 10, 20_000), 10).status).toBe(422);
  expect(s.witness().changed?.how).toBe('rebuilt');
});

test('a log that was cut is refused; a note that only comes late is not held against it', () => {
  const [s, log] = [scene(), logOf(40)];
  s.send(log.note(s.signer, 30));
  expect(s.send(log.note(s.signer, 20), 30)).toEqual({ status: 409, text: '30\n' });
  expect(s.witness().changed).toBeNull();
  expect(s.send(log.note(s.signer, 20, 60_000), 30)).toEqual({ status: 422, text: 'truncated\n' });
  expect(s.witness().changed?.how).toBe('truncated');
  const kept = JSON.parse(readFileSync(s.file, 'utf8')) as { note: string };
  expect(kept.note.split('\n')[1]).toBe('30');
});

test('a log that is signed anew with another key is refused; one whose key was announced is not', async () => {
  const [s, log] = [scene(), logOf(40)];
  s.send(log.note(s.signer, 10));
  expect(s.send(log.note(newSigner(), 20), 10, await log.proof(10, 20)).status).toBe(403);
  expect(s.witness().changed?.how).toBe('unknown-key');
  s.signer.rotate();
  expect(s.send(log.note(s.signer, 20), 10, await log.proof(10, 20)).status).toBe(200);
  s.signer.announced('');
  s.restart();
  expect(s.send(log.note(s.signer, 30), 20, await log.proof(20, 30)).status).toBe(200);
});

test('the keys of the first start are believed, not those that lie there later', () => {
  const s = scene();
  const log = logOf(10);
  s.send(log.note(s.signer, 5));
  const other = newSigner();
  const again = new Witness({ file: s.file, readKeys: () => other.publicKeys, wallMs: () => 0 });
  expect(again.take(`old 5\n\n${log.note(other, 6)}`).status).toBe(403);
});

test('without a key nothing is taken and nothing is kept', () => {
  const file = join(folder(), 'witness.json');
  const witness = new Witness({ file, readKeys: () => [], wallMs: () => 0 });
  expect(witness.take(`old 0\n\n${logOf(3).note(newSigner())}`).status).toBe(409);
  expect(existsSync(file)).toBe(false);
});

test.each([
  '',
  'old 1',
  'old x\n\nnote',
  'old 0\nAAAA\n\nnote',
  `old 0\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}\nnote`,
  'old 0\n\nnot a note',
])('what is not a request is refused and changes nothing: %#', (body) => {
  const s = scene();
  expect(s.witness().take(body).status).toBe(400);
  expect(s.witness().changed).toBeNull();
});

test('a file that the witness did not write keeps it from starting', () => {
  const s = scene();
  s.send(logOf(3).note(s.signer));
  writeFileSync(s.file, '{"note":1}');
  expect(() => s.restart()).toThrow(/audit-log-changed/);
});

describe('what is said about it', () => {
  const MIN = 60_000;
  const seen = { wallMs: 0, lastTakenMs: 0, platformOkSinceMs: 0, changedMs: null };
  /** Minute by minute, with what is known at each. */
  const story = (minutes: number, at: (minute: number) => Partial<typeof seen> & { changedMs?: number | null }): string[] => {
    let state = AUDIT_WATCH_START;
    return Array.from({ length: minutes }, (_, minute) => minute).flatMap((minute) => {
      const step = watchAudit(state, { ...seen, wallMs: minute * MIN, ...at(minute) });
      state = step.state;
      return step.mails.map((mail) => `${minute} ${mailText(mail, false).subject}`);
    });
  };

  test('notes that keep coming are no news', () => {
    expect(story(60, (minute) => ({ lastTakenMs: (minute - 1) * MIN }))).toEqual([]);
  });

  test('silence of more than five minutes is told, and its end', () => {
    expect(AUDIT_SILENT_MS).toBe(5 * MIN);
    expect(story(10, (minute) => ({ lastTakenMs: minute < 9 ? 0 : 9 * MIN }))).toEqual([
      '6 Vigil: the audit log is silent',
      '9 Vigil: the audit log is back',
    ]);
  });

  test('while the platform is away, that is said and not this too', () => {
    expect(story(60, () => ({ platformOkSinceMs: null as unknown as number }))).toEqual([]);
    expect(story(14, (minute) => ({ platformOkSinceMs: 5 * MIN, wallMs: Math.max(minute, 5) * MIN }))).toEqual([
      '11 Vigil: the audit log is silent',
    ]);
  });

  test('a changed log is told at once, and again every hour', () => {
    expect(
      story(130, (minute) => ({ lastTakenMs: minute * MIN, changedMs: minute < 3 ? null : ((3 * MIN) as unknown as null) })),
    ).toEqual([
      '3 Vigil: the audit log was changed',
      '63 Vigil: the audit log was changed',
      '123 Vigil: the audit log was changed',
    ]);
  });

  test('the mails say what to do and no more', () => {
    const about = { part: 'audit-log-changed' } as const;
    const mail = mailText({ about, state: 'out', sinceMs: 0, wallMs: 0 }, true);
    expect(mail.text).toMatch(/docs\/runbook\.md, "audit-log-changed"/);
    expect(mailText({ about: { part: 'audit-log' }, state: 'out', sinceMs: 0, wallMs: 0 }, true).text).toMatch(
      /"audit-log-silent"/,
    );
  });
});
