import { PlatformError } from '@vigil/domain';
import type { KeyPort } from '@vigil/sealed-records';
import { SealedFile } from '../sealed-file.js';
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

/** A checkpoint of the local watch on disk, sealed: it holds evidence of alarms and opaque ids of stays. */
export class WatchFile {
  private readonly sealed: SealedFile;

  constructor(file: string, keys: KeyPort, gatewayId: string) {
    this.sealed = new SealedFile(file, keys, `watch:${gatewayId}`);
  }

  /**
   * Null where there is none, and for one that is torn, changed, of another gateway or sealed with keys that are gone.
   * @throws PlatformError('state-too-new') for one that a later version of the gateway wrote
   */
  async load(): Promise<WatchCheckpoint | null> {
    const checkpoint = (await this.sealed.load()) as WatchCheckpoint | null;
    if (checkpoint !== null && checkpoint.v !== 1) throw new PlatformError('state-too-new');
    return checkpoint;
  }

  /** Replaces the file whole. A power loss may leave the one before or none: then the watch starts with less. */
  save(checkpoint: WatchCheckpoint): Promise<void> {
    return this.sealed.save(checkpoint);
  }
}
