import type { Origin } from '@vigil/contracts';
import { LiveSink } from '../ports/live-sink.js';

/** What of the log this process reads, as an injection token. */
export class StreamWork {
  /**
   * @param origin of what this site takes in
   * @param groups `alarms` brings the relay with it, `history` what follows assignments; `live` is read whole by each process with screens
   */
  constructor(
    readonly origin: Origin,
    readonly groups: ReadonlySet<'alarms' | 'history' | 'live'>,
  ) {}
}

/** For a process without screens. */
export class NoScreens extends LiveSink {
  override apply(): void {
    // Nobody looks here.
  }

  override keepOnly(): void {
    // Nor is anything shown.
  }
}
