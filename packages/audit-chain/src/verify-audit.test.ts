import fc from 'fast-check';
import { ChainState } from './chain-state.js';
import { describeFinding } from './findings.js';
import {
  newSigner,
  signer,
  type Log,
  contentOf,
  logOf,
  verify,
  found,
  anchor,
  at,
  renumber,
  without,
  rechain,
} from './test-support/log-fixture.js';

describe('a log that nobody touched', () => {
  test.each([0, 1, 2, 9, 10, 11, 64, 100])('of %d entries is in order', async (size) => {
    const log = logOf(size);
    const report = await verify(log, { ...anchor(log.checkpoints), lastSeen: log.checkpoints[0] ?? null });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ ok: true, entries: size, lastSeq: size, checkpoints: log.checkpoints.length });
    expect(report.newest?.note).toBe(log.checkpoints.at(-1));
  });

  test('may have grown since the last checkpoint', async () => {
    const log = logOf(35);
    log.checkpoints.pop();
    expect(await verify(log)).toMatchObject({ ok: true, lastSeq: 35, newest: { checkpoint: { size: 30 } } });
  });

  test('is read once, with word of how far it is', async () => {
    const told: number[] = [];
    await verify(logOf(20_001, 5000), { onProgress: (entries) => told.push(entries) });
    expect(told).toEqual([10_000, 20_000]);
  });

  test('of which nobody signed anything is not said to be verified', async () => {
    expect(await verify({ ...logOf(5), checkpoints: [] })).toMatchObject({ ok: true, newest: null });
  });
});

describe('an entry', () => {
  const changes: [string, (log: Log) => void, string[]][] = [
    ['whose content was changed', (log) => (at(log, 25).entry = contentOf(25, 'somebody')), ['edited 25']],
    [
      'whose content and columns were changed',
      (log) => {
        at(log, 25).entry = contentOf(25, 'somebody');
        at(log, 25).columns = { who: 'somebody' };
      },
      ['edited 24-25'],
    ],
    ['whose chain value was changed', (log) => (at(log, 25).chain = Buffer.alloc(32, 1)), ['edited 24-25']],
    [
      'that was changed with its own chain value',
      (log) => {
        const row = at(log, 25);
        row.entry = contentOf(25, 'somebody');
        const state = ChainState.empty();
        for (const { seq, entry } of log.rows) if (seq <= 25) row.chain = state.append(entry);
      },
      ['edited 25'],
    ],
    ['that is no longer readable', (log) => (at(log, 25).entry = Buffer.from('{')), ['edited 25']],
    ['that carries another number', (log) => (at(log, 25).entry = contentOf(7, 'nurse-4')), ['edited 25']],
    ['that was written over with the next one', (log) => (at(log, 25).entry = at(log, 26).entry), ['edited 25']],
    ['of which only a column was changed', (log) => (at(log, 25).columns = { who: 'somebody' }), ['index 25']],
    ['that is the first and was changed', (log) => (at(log, 1).entry = contentOf(1, 'somebody')), ['edited 1']],
    ['that is the last and was changed', (log) => (at(log, 45).entry = contentOf(45, 'somebody')), ['edited 45']],
    ['that is gone', (log) => without(log, 25), ['deleted 25']],
    ['that is the first and is gone', (log) => without(log, 1), ['deleted 1']],
    [
      'that is gone, the rest numbered anew',
      (log) => {
        without(log, 25);
        renumber(log, 26, -1);
      },
      ['deleted 25'],
    ],
    [
      'that is gone, the rest numbered and linked anew',
      (log) => {
        without(log, 25);
        renumber(log, 26, -1);
        rechain(log, 25);
      },
      ['deleted 25'],
    ],
    [
      'that is the last but one and is gone, the last numbered anew',
      (log) => {
        without(log, 44);
        renumber(log, 45, -1);
      },
      ['deleted 44'],
    ],
    ...([11, 45, 46] as const).map((seq): [string, (log: Log) => void, string[]] => [
      `that was put in as number ${seq}, the rest numbered anew`,
      (log) => {
        renumber(log, seq, 1);
        log.rows.push({ seq, entry: contentOf(seq, 'me'), chain: Buffer.alloc(32, 3), columns: { who: 'me' } });
        if (seq === 46) rechain(log, 46);
      },
      // At the very end nothing has to make room: with its link it is an entry that the writer knows nothing of.
      [`inserted ${seq}`],
    ]),
    [
      'that is a copy put in, the rest numbered and linked anew',
      (log) => {
        renumber(log, 12, 1);
        log.rows.push({ ...at(log, 4), seq: 12 });
        rechain(log, 12);
      },
      ['inserted 12'],
    ],
    [
      'that changed places with another',
      (log) => {
        const [a, b] = [at(log, 12), at(log, 31)];
        [a.seq, b.seq] = [31, 12];
      },
      ['reordered 12', 'reordered 31'],
    ],
    [
      'that changed contents with its neighbour',
      (log) => {
        const [a, b] = [at(log, 12), at(log, 13)];
        [a.entry, b.entry] = [b.entry, a.entry];
      },
      ['reordered 12-13'],
    ],
    [
      'that was moved, and those between with it, and linked anew',
      (log) => {
        at(log, 12).seq = 0;
        for (const row of log.rows) if (row.seq > 12 && row.seq <= 20) row.seq -= 1;
        at(log, 0).seq = 20;
        rechain(log, 1);
      },
      ['reordered 12-20'],
    ],
    ['that was moved behind the end', (log) => (at(log, 12).seq = 50), ['reordered 50']],
  ];

  test.each(changes)('%s is named', async (_, change, names) => {
    const log = logOf(45);
    const { writerState } = log;
    change(log);
    expect(await found({ ...log, writerState })).toEqual(names);
  });
});

describe('the whole log', () => {
  test('changed and linked anew is found by the next checkpoint, and told between two of them', async () => {
    const log = logOf(45);
    at(log, 25).entry = contentOf(25, 'somebody');
    at(log, 25).columns = { who: 'somebody' };
    rechain(log, 25);
    expect(await found(log)).toEqual(['rebuilt 21-30']);
  });

  test('changed in two places and linked anew where nobody looks twice is found in both', async () => {
    const log = logOf(45);
    const original = log.rows.map((row) => ({ ...row }));
    at(log, 5).entry = contentOf(5, 'somebody');
    at(log, 5).columns = { who: 'somebody' };
    rechain(log, 5);
    for (const row of log.rows) if (row.seq > 20) row.chain = original[row.seq - 1]!.chain;
    at(log, 33).entry = contentOf(33, 'somebody');
    expect(await found(log)).toEqual(['rebuilt 1-10', 'edited 20-21', 'edited 33']);
  });

  test('built anew and signed with another key is found by an anchor, and its checkpoints are not taken for ours', async () => {
    const forged = logOf(45, 10, (seq) => contentOf(seq, 'nobody'), newSigner());
    const names = await found(forged, anchor(logOf(45).checkpoints));
    expect(names).toContain('rebuilt 1-10');
    expect(names.filter((name) => name.startsWith('checkpoint'))).toHaveLength(5);
  });

  test('built anew without any checkpoint is found by what the verifier saw last', async () => {
    const forged = { ...logOf(45, 10, (seq) => contentOf(seq, 'nobody')), checkpoints: [] };
    expect(await found(forged, { lastSeen: logOf(45).checkpoints[2]! })).toEqual(['rebuilt 1-30']);
  });

  test.each([
    ['an anchor', (notes: string[]) => anchor(notes)],
    ['the last seen checkpoint', (notes: string[]) => ({ lastSeen: notes.at(-1)! })],
  ])('without its end is found by %s, although its own checkpoints were cut too', async (_, seen) => {
    const [log, whole] = [logOf(20), logOf(45)];
    expect(await found(log, seen(whole.checkpoints))).toEqual(['truncated 21-45']);
  });

  test('without its end is found by its own checkpoints, and by its writer', async () => {
    const log = logOf(45);
    expect(await found({ ...log, rows: log.rows.slice(0, 42) })).toEqual(['truncated 43-45']);
    expect(await found({ ...log, rows: log.rows.slice(0, 42), checkpoints: log.checkpoints.slice(0, 4) })).toEqual([
      'truncated 43-45',
    ]);
  });

  test('that became shorter behind its last checkpoint is told with the doubt that is left', async () => {
    const log = logOf(45);
    const { findings } = await verify({ ...log, rows: log.rows.slice(0, 44) });
    expect(findings[0]?.detail).toBe(
      'the database has seen more; the same may be gone from 41 to 44, which no checkpoint covers',
    );
  });

  test('cut, and grown again with other entries, is found by an anchor', async () => {
    const log = logOf(60, 10, (seq) => contentOf(seq, seq <= 25 ? `nurse-${seq % 7}` : 'other'));
    expect(await found(log, anchor(logOf(45).checkpoints))).toEqual(['rebuilt 21-30', 'checkpoint 45']);
  });
});

describe('checkpoints', () => {
  test('with the right chain and the wrong tree do not fit', async () => {
    const log = logOf(45);
    const { chain } = at(log, 30);
    log.checkpoints[2] = signer.sign({ size: 30, root: Buffer.alloc(32, 9), head: chain, timeMs: 1 });
    expect(await found(log)).toEqual(['rebuilt 21-30']);
  });

  test('of the store that were changed, or signed by somebody else, are named', async () => {
    const log = logOf(45);
    log.checkpoints[1] = log.checkpoints[1]!.replace(/time \d+/, 'time 1');
    log.checkpoints[2] = logOf(30, 30, undefined, newSigner()).checkpoints[0]!;
    expect(await found(log)).toEqual(['checkpoint 20', 'checkpoint 30']);
  });

  test('that are gone from the store although an anchor has them are named', async () => {
    const log = logOf(45);
    const notes = [...log.checkpoints];
    log.checkpoints.splice(1, 2);
    expect(await found(log, anchor(notes))).toEqual(['checkpoint 20', 'checkpoint 30']);
  });

  test('of an anchor that nobody we know signed are noise, and counted', async () => {
    const log = logOf(45);
    const noise = logOf(30, 30, (seq) => contentOf(seq, 'x'), newSigner()).checkpoints;
    const report = await verify(log, anchor(['rubbish', ...noise, ...log.checkpoints.slice(3)]));
    expect(report).toMatchObject({ ok: true, anchors: [{ name: 'file', notes: 4, unreadable: 2, newest: { size: 45 } }] });
  });

  test('an anchor without one note of a known key has no newest', async () => {
    const log = logOf(45);
    const spoilt = log.checkpoints.map((note) => note.replace(/time \d+/, 'time 1'));
    expect((await verify(log, anchor(spoilt))).anchors[0]!.newest).toBeNull();
  });

  test('may be signed by a key that an earlier one announced, and by no other', async () => {
    const rotating = newSigner();
    const pinned = rotating.publicKeys;
    const state = ChainState.empty();
    const log: Log = { rows: [], checkpoints: [], states: new Map(), writerState: '' };
    for (let seq = 1; seq <= 30; seq += 1) {
      const entry = contentOf(seq, 'amy');
      log.rows.push({ seq, entry, chain: state.append(entry), columns: { who: 'amy' } });
      if (seq === 15) rotating.rotate();
      if (seq % 10 !== 0) continue;
      log.checkpoints.push(rotating.sign({ size: seq, root: state.frontier.root(), head: state.chainHead, timeMs: seq }));
      rotating.announced('');
    }
    log.writerState = state.serialise();
    const report = await verify(log, { publicKeys: pinned });
    expect(report).toMatchObject({ ok: true, checkpoints: 3 });
    expect(report.publicKeys).toHaveLength(2);
    log.checkpoints.splice(1, 1);
    expect(await found(log, { publicKeys: pinned })).toEqual(['checkpoint 30']);
  });
});

describe('a log whose beginning was disposed of', () => {
  const pruned = (recorded: boolean): { log: Log; base: { state: string; note: string } } => {
    const log = logOf(45, 10, (seq) => contentOf(seq, 'amy', recorded && seq === 44 ? { disposedTo: 20 } : {}));
    const base = { state: log.states.get(20)!, note: log.checkpoints[1]! };
    return { log: { ...log, rows: log.rows.slice(20) }, base };
  };

  test('is in order when an entry records it, and older notes of anchors speak of what is gone', async () => {
    const { log, base } = pruned(true);
    expect(await found(log, { base, ...anchor(log.checkpoints) })).toEqual([]);
    expect(await found({ ...log, checkpoints: log.checkpoints.slice(2) }, { base, ...anchor(log.checkpoints) })).toEqual([]);
  });

  test('is told when nothing records it, or more is gone than was recorded', async () => {
    const { log, base } = pruned(false);
    expect(await found(log, { base })).toEqual(['deleted 1-20']);
    const more = pruned(true).log;
    expect(await found(more)).toEqual(['deleted 1-20']);
    expect(
      await found({ ...more, rows: more.rows.slice(10) }, { base: { state: more.states.get(30)!, note: more.checkpoints[2]! } }),
    ).toEqual(['deleted 21-30']);
  });

  test('is told when its base is not what was signed', async () => {
    const { log, base } = pruned(true);
    const other = logOf(45, 10, (seq) => contentOf(seq, 'eve'));
    expect(await found(log, { base: { ...base, note: other.checkpoints[1]!.replace('\n20\n', '\n21\n') } })).toEqual([
      'base 1-20',
    ]);
    expect(await found(log, { base: { ...base, state: 'x' } })).toContain('base 0');
    expect((await found(log, { base: { ...base, state: other.states.get(20)! } }))[0]).toBe('base 1-20');
  });

  test('an extract needs no signed beginning: only the right one leads to the checkpoints in it', async () => {
    const log = logOf(45);
    const extract = { ...log, rows: log.rows.slice(23, 42), checkpoints: log.checkpoints.slice(2, 4) };
    const state = ChainState.empty();
    for (const row of log.rows.slice(0, 23)) state.append(row.entry);
    const base = { state: state.serialise(), note: null };
    expect(await verify(extract, { base, writerState: null })).toMatchObject({ ok: true, newest: { checkpoint: { size: 40 } } });
    state.append(Buffer.from('x'));
    expect((await verify(extract, { base: { state: state.serialise(), note: null }, writerState: null })).ok).toBe(false);
  });
});

test('a writer that stands elsewhere, and guards that are gone, are told', async () => {
  const log = logOf(45);
  const other = logOf(45, 10, (seq) => contentOf(seq, 'eve'));
  expect(await found({ ...log, writerState: other.writerState })).toEqual(['state 45']);
  expect(await found({ ...log, writerState: 'x' })).toEqual(['state 0']);
  expect(await found(log, { missingGuards: ['audit_no_delete'] })).toEqual(['guard 0']);
});

test('whatever is done to one entry, something is found, and it is where it was done', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.nat(), fc.nat(), async (size, place, byte, bit) => {
      const log = logOf(size, 7);
      const row = at(log, 1 + (place % size));
      const spoilt = Buffer.from(row.entry);
      spoilt[byte % spoilt.length]! ^= 1 << (bit % 8);
      row.entry = spoilt;
      const { findings } = await verify(log);
      expect(findings).toEqual([expect.objectContaining({ kind: 'edited' })]);
      expect(findings[0]!.from).toBeGreaterThanOrEqual(row.seq - 1);
      expect(findings[0]!.to).toBe(row.seq);
    }),
    { numRuns: 300 },
  );
});

test('a finding is one line for an officer, and one that says what to do', () => {
  const one = describeFinding({ kind: 'edited', from: 7, to: 7, detail: '' });
  expect(one.what).toBe('EDITED: entry 7 was changed after it was written');
  expect(one.advice).toMatch(/Keep the database file as evidence/);
  const several = describeFinding({ kind: 'rebuilt', from: 21, to: 30, detail: 'signed otherwise, as file has it' });
  expect(several.what).toMatch(
    /^REBUILT: one or more of entry 21 to 30 is not what Vigil signed.*\(signed otherwise, as file has it\)$/,
  );
  expect(describeFinding({ kind: 'guard', from: 0, to: 0, detail: 'x' }).what).toBe(
    'GUARD: the log lost a guard of the database (x)',
  );
});
