import type { Decoder, DeviceProfile } from './decoder.js';
import { JSON_DECODER } from './json-decoder.js';

/** Every format that devices may speak. */
const DECODERS: ReadonlyMap<string, Decoder> = new Map([JSON_DECODER].map((decoder) => [decoder.format, decoder]));

/** A device of which nothing is said speaks Vigil's own JSON. */
export const DEFAULT_PROFILE: DeviceProfile = { format: JSON_DECODER.format };

/** The decoder of a device, or null for a format that nobody here reads. */
export function decoderOf(profile: DeviceProfile): Decoder | null {
  return DECODERS.get(profile.format) ?? null;
}
