import { readFile, rename, writeFile } from 'node:fs/promises';
import { HEADER_BYTES_MAX, type KeyPort, Opener, Sealer } from '@vigil/sealed-records';
import type { RecorderState } from './outage-recorder.js';

/** What a start of the local watch goes on from. */
export interface WatchCheckpoint {
  readonly v: 1;
  /** The first spool index that is not in it. */
  readonly nextIndex: number;
  /** JSON of `Shadow`. */
  readonly shadow: string;
  readonly recorder: RecorderState;
  /** When the log last took something, wall time. */
  readonly lastTakenWallMs: number;
}

const AAD = Buffer.from('watch-checkpoint');

/** A checkpoint of the local watch on disk, sealed: it holds evidence of alarms and opaque ids of stays. */
export class WatchFile {
  constructor(
    private readonly file: string,
    private readonly keys: KeyPort,
    private readonly gatewayId: string,
  ) {}

  /** Null where there is none, and for one that is torn, changed, of another gateway or sealed with keys that are gone. */
  async load(): Promise<WatchCheckpoint | null> {
    try {
      const bytes = await readFile(this.file);
      const opener = await Opener.fromHeader(this.keys, bytes.subarray(0, HEADER_BYTES_MAX), this.context);
      const checkpoint = JSON.parse(opener.open(bytes.subarray(opener.headerLength), AAD).toString()) as WatchCheckpoint;
      return checkpoint.v === 1 ? checkpoint : null;
    } catch {
      return null;
    }
  }

  /** Replaces the file whole. A power loss may leave the one before or none: then the watch starts with less. */
  async save(checkpoint: WatchCheckpoint): Promise<void> {
    const sealer = await Sealer.create(this.keys, this.context);
    const sealed = sealer.seal(Buffer.from(JSON.stringify(checkpoint)), AAD);
    await writeFile(`${this.file}.tmp`, Buffer.concat([sealer.header, sealed]), { mode: 0o600 });
    await rename(`${this.file}.tmp`, this.file);
  }

  private get context(): string {
    return `watch:${this.gatewayId}`;
  }
}
