import type { Clock } from '@vigil/clock';
import type { Site } from '@vigil/contracts';
import type { Log } from '../log.js';
import type { Settings } from '../settings.js';
import { RestAdt } from './adt.js';
import { Hl7Moves } from './hl7-moves.js';
import { planMoves } from './moves.js';
import type { MoveSink } from './move-sink.js';
import { PlatformCalls } from './platform-calls.js';
import { playMoves } from './play-moves.js';
import { RestMoves } from './rest-moves.js';
import { readTransfers } from './transfers.js';

const MINUTE_MS = 60_000;

/** What begins the run of recorded moves; the rest of the settings is the simulator's. */
export interface StartMovesOptions {
  readonly settings: Settings;
  readonly site: Site;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Reads the recorded moves and begins to tell them, to all beds of the site. Does nothing with `--adt none`. A run that ends, ends with
 * empty beds; the next start begins another one.
 *
 * @throws TransfersMissing when the recording is not there
 */
export async function startMoves({ settings, site, clock, log, signal }: StartMovesOptions): Promise<void> {
  if (settings.adt === 'none') return;
  const { seed, adtMinutes } = settings;
  const { stays, found } = await readTransfers(settings.recordings);
  const beds = site.beds.map(({ bedId }) => bedId);
  const plan = planMoves(stays, { beds, seed, spanMs: adtMinutes * MINUTE_MS });
  log.info({ stays: stays.length, beds: beds.length, moves: plan.moves.length, ...found }, 'recorded moves begin');
  const sink = sinkOf(settings, clock);
  playMoves({ plan, sink, clock, log, seed, signal })
    .catch((error: unknown) => {
      if (!signal.aborted) log.warn({ cause: error instanceof Error ? error.message : 'unknown' }, 'no more moves are told');
    })
    .finally(() => sink.close());
}

function sinkOf(settings: Settings, clock: Clock): MoveSink {
  const { adt, api, serviceToken = '', hl7Port: port, hl7Authority: authority, hl7Facility: facility } = settings;
  if (adt === 'rest') return new RestMoves(new PlatformCalls(api, serviceToken), new RestAdt(api, serviceToken));
  return new Hl7Moves({ port, authority, facility, clock });
}
