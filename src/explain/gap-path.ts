import type { EpochMs, GapPath, PathHop, PathPlace } from '@vigil/contracts';
import type { HistoryGap } from '../ports/observation-store.js';

/** Where messages of each kind of gap were lost, and what is known of it. */
const LOST: Readonly<Record<HistoryGap['reason'], { readonly at: PathPlace; readonly text: string }>> = {
  neverArrived: {
    at: 'gateway',
    text: 'The numbers of the device skip these messages, and the gateway never had them: look at the device and its network.',
  },
  evicted: {
    at: 'hub',
    text: 'The gateway had them and dropped them, past their age limit, because its spool was full: look at its link to the hub.',
  },
  damaged: {
    at: 'hub',
    text: 'The gateway had them and can no longer read them: look at the disk of the gateway.',
  },
  unsendable: {
    at: 'hub',
    text: 'The gateway had them and the hub refused them for good: see the log of the gateway for the reason.',
  },
};

/** The way of messages that are missing. Pure. */
export function gapPath({ gapId, deviceId, seqs, fromMs, toMs, count, reason }: HistoryGap): GapPath {
  const { at, text } = LOST[reason];
  const hop = (place: PathPlace, atMs: number | null, state: PathHop['state']): PathHop => {
    return { place, atMs: atMs as EpochMs | null, afterMs: null, allowedMs: null, state };
  };
  const passedGateway = at !== 'gateway';
  return {
    ...{ gapId, deviceId, fromSeq: seqs?.[0] ?? null, toSeq: seqs?.[1] ?? null },
    ...{ fromMs: fromMs as EpochMs, toMs: toMs as EpochMs, count, reason },
    hops: [
      hop('device', fromMs, reason === 'neverArrived' ? 'unknown' : 'passed'),
      hop('gateway', null, passedGateway ? 'passed' : 'broken'),
      hop('hub', null, 'broken'),
      hop('engineRead', null, 'broken'),
    ],
    firstBroken: at,
    text,
  };
}
