import type { DeviceId } from '@vigil/contracts';
import fc from 'fast-check';
import { JUMP_MAX, RANGES_MAX } from './boot-numbering.js';
import { GRACE_MS, Numbering } from './numbering.js';

const mon1 = 'mon-1' as DeviceId;
const BOOT = 'boot-a';

/** One device whose messages are made once a second by number. */
class Device {
  readonly numbering = new Numbering();
  wallMs = 1_000_000;

  sends(...seqs: readonly number[]): this {
    for (const seq of seqs) this.says(seq, seq * 1_000);
    return this;
  }

  says(seq: number, deviceAtMs: number, bootId = BOOT): void {
    this.numbering.begin(mon1, seq);
    this.numbering.arrived(mon1, bootId, { seq, atMs: deviceAtMs, deviceAtMs, wallMs: this.wallMs });
  }

  after(ms: number): this {
    this.wallMs += ms;
    return this;
  }

  /** Declares what is final and returns the ranges. */
  declares(): [from: number, to: number][] {
    return this.numbering.due(this.wallMs).map((gap) => {
      this.numbering.declare(gap, `gap-${gap.missing.fromSeq}`);
      return [gap.missing.fromSeq, gap.missing.toSeq];
    });
  }
}

test('what is missing is declared after a minute, once, both ends inclusive', () => {
  const device = new Device().sends(1, 2, 5, 6, 9);
  expect(device.after(GRACE_MS - 1).declares()).toEqual([]);
  expect(device.after(1).declares()).toEqual([
    [3, 4],
    [7, 8],
  ]);
  expect(device.after(GRACE_MS).declares()).toEqual([]);
});

test('the times of a gap are those of the messages around it', () => {
  const device = new Device().sends(1, 2, 5).after(GRACE_MS);
  expect(device.numbering.due(device.wallMs)[0]!.missing).toMatchObject({ fromMs: 2_000, toMs: 5_000 });
});

test('what comes in another order is not missing', () => {
  const device = new Device().sends(5, 1, 3, 2, 4).after(GRACE_MS);
  expect(device.declares()).toEqual([]);
});

test('a device that sends its newest first and then what it kept is waited for, however long that takes', () => {
  const device = new Device().sends(1, 2, 100);
  for (let seq = 99; seq > 20; seq--) device.after(10_000).sends(seq);
  expect(device.declares()).toEqual([]);
  expect(device.after(GRACE_MS).declares()).toEqual([[3, 20]]);
});

test('what fills a declared gap names it, and what was never declared names none', () => {
  const device = new Device().sends(1, 6).after(GRACE_MS);
  device.declares();
  expect(device.numbering.gapAt(mon1, BOOT, 3)).toBe('gap-2');
  expect([1, 6, 7].map((seq) => device.numbering.gapAt(mon1, BOOT, seq))).toEqual([null, null, null]);
  device.sends(3);
  expect([2, 3, 4, 5].map((seq) => device.numbering.gapAt(mon1, BOOT, seq))).toEqual(['gap-2', null, 'gap-2', 'gap-2']);
  expect(device.after(GRACE_MS * 2).declares()).toEqual([]);
});

test('a gap that could not be stored is offered again', () => {
  const device = new Device().sends(1, 3).after(GRACE_MS);
  const [gap] = device.numbering.due(device.wallMs);
  device.numbering.declare(gap!, 'gap-2');
  device.numbering.declare(gap!, null);
  expect(device.declares()).toEqual([[2, 2]]);
});

test('a message that waits for the disk is not declared missing; once it was refused it is', () => {
  const device = new Device().sends(1, 3, 5).after(GRACE_MS);
  device.numbering.begin(mon1, 2);
  expect(device.declares()).toEqual([[4, 4]]);
  device.numbering.lost(mon1, 2);
  expect(device.declares()).toEqual([[2, 2]]);
});

test('a device that skips more than anyone could follow is no longer followed, and the memory stays bounded', () => {
  const device = new Device();
  for (let seq = 0; seq < 4_000; seq += 2) device.sends(seq);
  expect(device.numbering.save(mon1)).toEqual([]);
  expect(device.after(GRACE_MS).declares()).toEqual([]);
});

test('nothing is known of what was before the first message, of another boot, or of another device', () => {
  const device = new Device().sends(500, 501);
  device.says(3, 900_000, 'boot-b');
  expect(device.after(GRACE_MS).declares()).toEqual([]);
});

test('messages of an earlier boot that come after the new one fill its gaps and make none', () => {
  const device = new Device().sends(1, 2, 6);
  for (const seq of [0, 1]) device.says(seq, 900_000 + seq, 'boot-b');
  device.sends(4, 3, 5).after(GRACE_MS);
  expect(device.declares()).toEqual([]);
});

test('a numbering that begins again within a boot, or jumps absurdly, makes no gap', () => {
  const again = new Device().sends(400, 401);
  for (let i = 0; i < 5; i++) again.says(i * 2, 500_000 + i);
  again.sends(402, 500);
  expect(again.after(GRACE_MS).declares()).toEqual([]);
  const jump = new Device().sends(1, JUMP_MAX * 5, JUMP_MAX * 5 + 2);
  expect(jump.after(GRACE_MS).declares()).toEqual([]);
});

test('what can no longer be remembered is declared before, and the memory stays bounded', () => {
  const device = new Device();
  const declared: [number, number][] = [];
  for (let seq = 0; seq < 4_000; seq += 2) {
    device.sends(seq);
    declared.push(...device.declares());
  }
  declared.push(...device.after(GRACE_MS).declares());
  expect(declared).toHaveLength(1_999);
  const [saved] = device.numbering.save(mon1);
  expect(saved!.missing.length).toBeLessThanOrEqual(RANGES_MAX);
});

describe('a restart', () => {
  const restarted = (device: Device, isExact: boolean): Device => {
    const next = new Device().after(device.wallMs);
    const saved = JSON.parse(JSON.stringify(device.numbering.save(mon1))) as ReturnType<Numbering['save']>;
    next.numbering.restore(mon1, saved, isExact, next.wallMs);
    return next;
  };

  test('goes on where it was when nothing was stored since', () => {
    const device = restarted(new Device().sends(1, 2, 4), true).sends(6);
    expect(device.after(GRACE_MS).declares()).toEqual([
      [3, 3],
      [5, 5],
    ]);
  });

  test('declares nothing that may have been stored in between', () => {
    const device = restarted(new Device().sends(1, 2, 4), false).sends(9, 10, 12);
    expect(device.after(GRACE_MS).declares()).toEqual([[11, 11]]);
  });

  test('still knows what it declared', () => {
    const before = new Device().sends(1, 4).after(GRACE_MS);
    before.declares();
    expect(restarted(before, false).numbering.gapAt(mon1, BOOT, 3)).toBe('gap-2');
  });
});

test('whatever order, repetition and loss: declared and not yet filled is exactly what did not arrive between first and last', () => {
  const seqs = fc.array(fc.nat(60), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(seqs, fc.nat(80), (order, cut) => {
      const device = new Device();
      const declared = new Map<number, string>();
      const declare = (): void => {
        for (const [from, to] of device.after(GRACE_MS).declares()) {
          for (let seq = from; seq <= to; seq++) {
            expect(declared.has(seq)).toBe(false);
            expect(arrived.has(seq)).toBe(false);
            declared.set(seq, 'open');
          }
        }
      };
      const arrived = new Set<number>();
      order.forEach((seq, i) => {
        if (i === cut) declare();
        expect(device.numbering.gapAt(mon1, BOOT, seq) !== null).toBe(declared.has(seq));
        declared.delete(seq);
        arrived.add(seq);
        device.sends(seq);
      });
      declare();
      const [low, high] = [Math.min(...arrived), Math.max(...arrived)];
      for (let seq = low; seq <= high; seq++) expect(declared.has(seq)).toBe(!arrived.has(seq));
      expect([...declared.keys()].every((seq) => seq > low && seq < high)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

describe('after a start that does not know all that was stored before it', () => {
  const START_MS = 1_000_000;
  const unsure = (): Device => {
    const device = new Device();
    device.numbering.unsureBefore(START_MS);
    return device;
  };

  test('numbers between a stored message that comes again and the newest may have been stored: nothing is declared', () => {
    // 0..10 and 20..29 were stored; 11 and 12 were on their way, 30 is new.
    expect(unsure().sends(30, 11, 12).after(GRACE_MS).declares()).toEqual([]);
  });

  test('nor for a boot that is known from before', () => {
    const saved = new Device().sends(30).numbering.save(mon1);
    const device = unsure();
    device.numbering.restore(mon1, saved, false, device.wallMs);
    expect(device.sends(20, 31).after(GRACE_MS).declares()).toEqual([]);
  });

  test('what was made since the start is followed as ever', () => {
    const device = unsure().sends(1_030, 1_011, 1_012).after(GRACE_MS);
    expect(device.declares()).toEqual([[1_013, 1_029]]);
  });
});
