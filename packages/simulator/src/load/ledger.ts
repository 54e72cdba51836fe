import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const RECORD_BYTES = 21;
const BUFFER_RECORDS = 4_096;
const PUBLISHED = 1;
const ACKED = 2;

export interface LedgerHeader {
  readonly v: 1;
  readonly bootId: string;
  readonly deviceIds: readonly string[];
  readonly metrics: readonly string[];
}

export interface LedgerEntry {
  readonly deviceId: string;
  readonly seq: number;
  /** As in the message: whole milliseconds of the wall clock. */
  readonly atMs: number;
  /** When it was handed to the network first, with fractions. */
  readonly publishedMs: number;
  /** When its PUBACK came; null when none did. What has a time here must never be lost. */
  readonly ackedMs: number | null;
}

/**
 * The generator's own list of what it sent and what was acknowledged, to check the platform against (the ledger method).
 *
 * Append-only: a JSON header, then 21 bytes a line: kind, device (16 bit), seq (32 bit), atMs (48 bit), time (double).
 * Written in blocks; `flush` before reading it. It is no journal: when the generator itself is killed, the last block
 * is missing.
 */
export class LedgerWriter {
  private readonly fd: number;
  private readonly block = Buffer.alloc(RECORD_BYTES * BUFFER_RECORDS);
  private used = 0;

  constructor(file: string, header: LedgerHeader) {
    this.fd = openSync(file, 'wx', 0o600);
    writeSync(this.fd, `${JSON.stringify(header)}\n`);
  }

  published(device: number, seq: number, atMs: number, timeMs: number): void {
    this.line(PUBLISHED, device, seq, atMs, timeMs);
  }

  acked(device: number, seq: number, timeMs: number): void {
    this.line(ACKED, device, seq, 0, timeMs);
  }

  flush(): void {
    if (this.used > 0) writeSync(this.fd, this.block, 0, this.used);
    this.used = 0;
  }

  close(): void {
    this.flush();
    closeSync(this.fd);
  }

  private line(kind: number, device: number, seq: number, atMs: number, timeMs: number): void {
    const { block } = this;
    let at = block.writeUInt8(kind, this.used);
    at = block.writeUInt16LE(device, at);
    at = block.writeUInt32LE(seq, at);
    at = block.writeUIntLE(atMs, at, 6);
    this.used = block.writeDoubleLE(timeMs, at);
    if (this.used === block.length) this.flush();
  }
}

/** Everything of a ledger, in order of publication. A line that was cut short at the end is left out. */
export function readLedger(file: string): { readonly header: LedgerHeader; readonly entries: readonly LedgerEntry[] } {
  const bytes = readFileSync(file);
  const headerEnd = bytes.indexOf(0x0a);
  const header = JSON.parse(bytes.toString('utf8', 0, headerEnd)) as LedgerHeader;
  const entries = new Map<string, LedgerEntry>();
  for (let at = headerEnd + 1; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
    const deviceId = header.deviceIds[bytes.readUInt16LE(at + 1)] ?? '';
    const seq = bytes.readUInt32LE(at + 3);
    const timeMs = bytes.readDoubleLE(at + 13);
    const key = `${deviceId}/${seq}`;
    const known = entries.get(key);
    if (bytes[at] === PUBLISHED) {
      entries.set(key, { deviceId, seq, atMs: bytes.readUIntLE(at + 7, 6), publishedMs: timeMs, ackedMs: null });
    } else if (known !== undefined) {
      entries.set(key, { ...known, ackedMs: timeMs });
    }
  }
  return { header, entries: [...entries.values()] };
}
