import { bedKey, type BedId, deviceKey, HOPS_MAX } from '@vigil/contracts';
import type { HeldMessage } from '../ports/held-messages.js';

/** The same message under the bed whose it is; null when it was passed on so often that a person has to look. */
export function readdress<M extends HeldMessage>(message: M, bedId: BedId): M | null {
  const hops = (message.readdressed?.hops ?? 0) + 1;
  return hops > HOPS_MAX ? null : { ...message, key: bedKey(bedId), bedId, readdressed: { fromKey: message.key, hops } };
}

/** One that was held, under the bed whose it turned out to be. Somebody has said so: it counts as passed on once more at most. */
export function release<M extends HeldMessage>(message: M, bedId: BedId): M {
  const hops = Math.min((message.readdressed?.hops ?? 0) + 1, HOPS_MAX);
  return { ...message, key: bedKey(bedId), bedId, readdressed: { fromKey: deviceKey(message.deviceId), hops } };
}
