import { createHash } from 'node:crypto';
import { CommandId } from '@vigil/contracts';

/** The id of what no person commands, made of what caused it: doing it again after a crash is the same command. */
export function commandIdOf(...causes: readonly (string | number)[]): CommandId {
  const hex = createHash('sha256').update(JSON.stringify(causes)).digest('hex');
  // Version 8 of RFC 9562 (a hash of one's own), and its variant.
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return CommandId.parse(groups.join('-'));
}
