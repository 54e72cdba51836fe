import fc from 'fast-check';
import rhea from 'rhea';
import { scanEvent } from '../wire/event.js';
import { type ProducerMark, producerMarkOf, sequenceAfter } from '../wire/producer-mark.js';
import { buildBatch, eventsOf, producerOf } from './batch.js';
import { LogError } from './log-error.js';
import { digestOf, ProducerTable } from './producer-table.js';

const { message, types } = rhea;

const event = (text: string, annotations: Record<string, unknown> = {}) =>
  scanEvent(message.encode({ body: text, message_annotations: annotations }) as unknown as Buffer);

const mark = (sequence: number, epoch = 0, id = 7): ProducerMark => ({ id, epoch, sequence });

/** Appends as the log does: asks, notes, and settles at once unless told otherwise. */
function send(table: ProducerTable, at: ProducerMark, texts: string[], outcome: 'stored' | 'failed' | 'waits' = 'stored') {
  const digest = digestOf(texts.map((text) => event(text)));
  const verdict = table.check(0, at, texts.length, digest);
  const told: (LogError | null)[] = [];
  if (verdict.kind === 'waiting') verdict.first.waiters.push((e) => told.push(e));
  if (verdict.kind !== 'append') return { kind: verdict.kind, told, settle: () => undefined };
  const settle = table.expect(0, at, { count: texts.length, digest, waiters: [(e) => told.push(e)] });
  if (outcome !== 'waits') settle(outcome === 'failed' ? new LogError('failed', 'disk') : null);
  return { kind: verdict.kind, told, settle };
}

describe('the table of idempotent producers', () => {
  test('a batch that is sent again is known to be stored, also when others followed it', () => {
    const table = new ProducerTable();
    expect(send(table, mark(0), ['a', 'b']).kind).toBe('append');
    expect(send(table, mark(2), ['c']).kind).toBe('append');
    expect(send(table, mark(0), ['a', 'b']).kind).toBe('stored');
    expect(send(table, mark(2), ['c']).kind).toBe('stored');
    expect(send(table, mark(3), ['d']).kind).toBe('append');
  });

  test('other content under the numbers of a stored batch is refused: to accept it would lose it', () => {
    const table = new ProducerTable();
    send(table, mark(0), ['a', 'b']);
    expect(send(table, mark(0), ['x', 'y']).kind).toBe('out-of-order');
  });

  test('a batch that overlaps a stored one in part, or leaves a gap, is refused', () => {
    const table = new ProducerTable();
    send(table, mark(0), ['a', 'b', 'c']);
    expect(send(table, mark(1), ['b', 'c', 'd']).kind).toBe('out-of-order');
    expect(send(table, mark(0), ['a', 'b']).kind).toBe('out-of-order');
    expect(send(table, mark(4), ['e']).kind).toBe('out-of-order');
  });

  test('a batch that is sent again while it waits for the disk shares the outcome of the first copy', () => {
    const table = new ProducerTable();
    const first = send(table, mark(0), ['a'], 'waits');
    const again = send(table, mark(0), ['a']);
    expect(again.kind).toBe('waiting');
    expect(first.told).toEqual([]);
    first.settle(null);
    expect([first.told, again.told]).toEqual([[null], [null]]);
    expect(send(table, mark(0), ['a']).kind).toBe('stored');
  });

  test('after a failed write the numbers are expected again', () => {
    const table = new ProducerTable();
    const [first, second] = [send(table, mark(0), ['a'], 'waits'), send(table, mark(1), ['b'], 'waits')];
    first.settle(new LogError('failed', 'disk'));
    second.settle(new LogError('failed', 'disk'));
    expect(send(table, mark(0), ['a']).kind).toBe('append');
    expect(send(table, mark(1), ['b']).kind).toBe('append');
  });

  test('a higher epoch takes over, with the numbers it says; a lower one is refused', () => {
    const table = new ProducerTable();
    send(table, mark(0, 1), ['a']);
    table.enter(0, 7, 2);
    expect(send(table, mark(1, 1), ['b']).kind).toBe('stolen');
    expect(send(table, mark(40, 2), ['c']).kind).toBe('append');
    expect(send(table, mark(5, 3), ['d']).kind).toBe('append');
    expect(send(table, mark(41, 2), ['e']).kind).toBe('stolen');
  });

  test('a batch of the lower epoch that is on its way when a higher one enters does not bring the lower one back', () => {
    const table = new ProducerTable();
    send(table, mark(0, 1), ['a']);
    const late = send(table, mark(1, 1), ['b'], 'waits');
    table.enter(0, 7, 2);
    late.settle(null);
    expect(late.told).toEqual([null]);
    expect(send(table, mark(2, 1), ['c']).kind).toBe('stolen');
    expect(send(table, mark(0, 2), ['d']).kind).toBe('append');
  });

  test('numbers go from 2^31 - 1 to 0', () => {
    const table = new ProducerTable();
    const last = 2 ** 31 - 1;
    expect(send(table, mark(last - 1), ['a', 'b', 'c']).kind).toBe('append');
    expect(send(table, mark(1), ['d']).kind).toBe('append');
    expect(sequenceAfter(last, 1)).toBe(0);
    expect(sequenceAfter(-1, 1)).toBe(0);
  });

  test('beyond the bound the producer that was idle for longest is forgotten', () => {
    const table = new ProducerTable(2);
    send(table, mark(0, 0, 1), ['a']);
    send(table, mark(0, 0, 2), ['b']);
    send(table, mark(1, 0, 1), ['c']);
    send(table, mark(0, 0, 3), ['d']);
    expect([table.size, table.forgotten]).toEqual([2, 1]);
    expect(send(table, mark(1, 0, 1), ['c']).kind).toBe('stored');
    expect(send(table, mark(0, 0, 2), ['b']).kind).toBe('append');
  });

  test('a start that restores a snapshot and observes the batches behind it knows the same as the table before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 12 }), fc.nat(12), (counts, split) => {
        const [live, revived] = [new ProducerTable(), new ProducerTable()];
        let sequence = 0;
        const batches = counts.map((count) => {
          const events = Array.from({ length: count }, (_, i) => event(`event ${sequence + i}`, { key: 'value' }));
          const batch = buildBatch(3, 1000 + sequence, 5, events, mark(sequence));
          sequence += count;
          return batch;
        });
        batches.forEach((batch, i) => {
          if (i === split) revived.restore(JSON.parse(JSON.stringify(live.snapshot())));
          live.observe(batch);
          if (i >= split) revived.observe(batch);
        });
        if (split < batches.length) expect(revived.snapshot()).toEqual(live.snapshot());
      }),
    );
  });

  test('the digest of what is in the log is that of what was sent', () => {
    const events = [event('a', { x: 1 }), event('b')];
    const batch = buildBatch(0, 0, 0, events, mark(9, 1));
    expect(producerOf(batch)).toEqual(mark(9, 1));
    expect(digestOf(eventsOf(batch).map(scanEvent))).toBe(digestOf(events));
  });

  test('an ordinary batch has no producer and leaves no trace', () => {
    const table = new ProducerTable();
    const batch = buildBatch(0, 0, 0, [event('a')]);
    expect(producerOf(batch)).toBeNull();
    table.observe(batch);
    expect(table.size).toBe(0);
  });
});

describe("a producer's annotations", () => {
  const read = (annotations: Record<string, unknown>) => {
    const { bytes, annotationsAt, annotationsEnd } = event('a', annotations);
    return producerMarkOf(bytes, annotationsAt, annotationsEnd);
  };
  const wrap = types as unknown as Record<string, (value: number) => object>;

  test('are read in whatever width a client writes them', () => {
    for (const width of ['wrap_long', 'wrap_ulong', 'wrap_int', 'wrap_uint', 'wrap_short']) {
      const annotations = {
        'com.microsoft:producer-id': wrap[width]!(7),
        'com.microsoft:producer-epoch': wrap[width]!(0),
        'com.microsoft:producer-sequence-number': wrap[width]!(300),
      };
      expect(read(annotations)).toEqual({ id: 7, epoch: 0, sequence: 300 });
    }
    expect(read({ 'com.microsoft:producer-id': wrap['wrap_long']!(7) })).toBeNull();
  });

  test.each([
    { 'com.microsoft:producer-id': 'seven' },
    { 'com.microsoft:producer-epoch': wrap['wrap_int']!(70_000) },
    { 'com.microsoft:producer-sequence-number': wrap['wrap_int']!(-1) },
  ])('that are no whole numbers in their range are refused: %p', (annotations) => {
    expect(() => read(annotations)).toThrow('no whole number');
  });

  test('do not reach consumers', () => {
    const annotated = event('a', { 'com.microsoft:producer-id': wrap['wrap_long']!(7), mine: 1 });
    const [stored] = eventsOf(buildBatch(0, 0, 0, [annotated]));
    const decoded = message.decode(stored!) as unknown as { message_annotations: Record<string, unknown> };
    expect(Object.keys(decoded.message_annotations).sort()).toEqual([
      'mine',
      'x-opt-enqueued-time',
      'x-opt-offset',
      'x-opt-sequence-number',
    ]);
  });
});
