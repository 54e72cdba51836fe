import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { qualityCode, qualityOf, type RowSample } from './chunk.js';
import type { Stat } from './buckets.js';
import { VarintReader, VarintWriter } from './varints.js';

/** First byte of every blob. */
const VERSION = 1;
/** Values that are whole numbers times one of these parts are kept as such, exactly; others as they are. */
const SCALES = [1, 10, 100, 1_000] as const;
const AS_DOUBLES = SCALES.length;
/** An hour of one series is some 20 KB before it is deflated: 1 MB is no blob of ours. */
const INFLATED_MAX = 16 * 1024 * 1024;

/** What the samples of one device in one slot (a minute of the hour, or the hour: slot 0) come to. */
export interface SlotStat extends Stat {
  readonly slot: number;
  readonly device: number;
}

/** Samples of one hour, ascending by time, lossless: differences in columns, deflated. */
export function packSamples(samples: readonly RowSample[]): Uint8Array {
  const out = new VarintWriter();
  const devices = [...new Set(samples.map(({ device }) => device))];
  const indexOf = new Map(devices.map((device, index) => [device, index]));
  const scale = SCALES.findIndex((parts) => samples.every(({ value }) => isWhole(value, parts)));
  out.unsigned(samples.length);
  out.unsigned(devices.length);
  for (const device of devices) out.unsigned(device);
  out.unsigned(scale === -1 ? AS_DOUBLES : scale);
  let before = 0;
  for (const { offsetMs } of samples) {
    out.unsigned(offsetMs - before);
    before = offsetMs;
  }
  if (devices.length > 1) for (const { device } of samples) out.unsigned(indexOf.get(device)!);
  const isAllValid = samples.every(({ quality }) => quality === 'valid');
  out.unsigned(isAllValid ? 0 : 1);
  if (!isAllValid) for (const { quality } of samples) out.unsigned(qualityCode(quality));
  let last = 0;
  for (const { value } of samples) {
    if (scale === -1) {
      out.double(value);
      continue;
    }
    const whole = Math.round(value * SCALES[scale]!);
    out.signed(whole - last);
    last = whole;
  }
  return deflated(out);
}

const isWhole = (value: number, parts: number): boolean => {
  const whole = Math.round(value * parts);
  return Math.abs(whole) < 2 ** 50 && whole / parts === value;
};

export function unpackSamples(blob: Uint8Array): RowSample[] {
  const from = inflated(blob);
  const count = from.unsigned();
  const devices = Array.from({ length: from.unsigned() }, () => from.unsigned());
  const scale = from.unsigned();
  const column = (next: () => number): Float64Array => {
    const values = new Float64Array(count);
    for (let n = 0; n < count; n++) values[n] = next();
    return values;
  };
  let before = 0;
  const offsets = column(() => (before += from.unsigned()));
  const places = devices.length > 1 ? column(() => from.unsigned()) : null;
  const codes = from.unsigned() === 0 ? null : column(() => from.unsigned());
  let last = 0;
  const values = column(() => (scale === AS_DOUBLES ? from.double() : (last += from.signed()) / SCALES[scale]!));
  const samples: RowSample[] = new Array<RowSample>(count);
  for (let n = 0; n < count; n++) {
    const device = devices[places?.[n] ?? 0]!;
    samples[n] = { offsetMs: offsets[n]!, value: values[n]!, device, quality: qualityOf(codes?.[n] ?? 0) };
  }
  return samples;
}

/** By slot, then device. */
export function packStats(stats: readonly SlotStat[]): Uint8Array {
  const out = new VarintWriter();
  out.unsigned(stats.length);
  let before = 0;
  for (const { slot } of stats) {
    out.unsigned(slot - before);
    before = slot;
  }
  for (const { device } of stats) out.unsigned(device);
  for (const { count } of stats) out.unsigned(count);
  for (const { questionable } of stats) out.unsigned(questionable);
  for (const { min } of stats) out.double(min);
  for (const { max } of stats) out.double(max);
  for (const { sum } of stats) out.double(sum);
  return deflated(out);
}

export function unpackStats(blob: Uint8Array): SlotStat[] {
  const from = inflated(blob);
  const count = from.unsigned();
  const column = (next: () => number): number[] => Array.from({ length: count }, next);
  let before = 0;
  const slots = column(() => (before += from.unsigned()));
  const whole = [0, 1, 2].map(() => column(() => from.unsigned()));
  const parts = [0, 1, 2].map(() => column(() => from.double()));
  return slots.map((slot, n) => ({
    ...{ slot, device: whole[0]![n]!, count: whole[1]![n]!, questionable: whole[2]![n]! },
    ...{ min: parts[0]![n]!, max: parts[1]![n]!, sum: parts[2]![n]! },
  }));
}

function deflated(out: VarintWriter): Uint8Array {
  return Buffer.concat([Buffer.of(VERSION), deflateRawSync(out.written)]);
}

/** @throws Error for a blob of another version, or a damaged one */
function inflated(blob: Uint8Array): VarintReader {
  if (blob[0] !== VERSION) throw new Error('a packed hour of a version that is not known here');
  return new VarintReader(inflateRawSync(blob.subarray(1), { maxOutputLength: INFLATED_MAX }));
}
