import { DeviceId } from '@vigil/contracts';
import type { Fault } from '../decode/reject.js';
import type { DeviceRegistry } from '../devices/registry.js';
import { deviceOfClientId, isOwnClientId, mayPublish } from './access.js';
import type { Connect } from './connect-packet.js';

/** Who is at the other end, as TLS proved it: the device, and the SHA-256 of its certificate in hexadecimal. */
export interface Identity {
  readonly deviceId: DeviceId;
  readonly fingerprint: string;
}

export interface Refused {
  /** Label of `vigil_gateway_connections_refused_total`. */
  readonly label: 'wrong-token' | 'unknown-device' | 'wrong-user' | 'bad-client-id' | 'bad-will';
  /** The device that it is, or says to be; null where that is no device id. */
  readonly deviceId: DeviceId | null;
  readonly fault: Pick<Fault, 'reason' | 'expected'>;
  /** A device that did prove who it is tried to speak for another. */
  readonly isForeign: boolean;
}

const NOTHING = Buffer.alloc(0);

/**
 * Whether a CONNECT may become a session, and of which device. Over TLS the certificate is the identity, and a user name,
 * when there is one, must say the same; otherwise the user name is the device id and the password its token.
 */
export function admit(
  connect: Connect,
  identity: Identity | null,
  registry: Pick<DeviceRegistry, 'admit'>,
): { readonly deviceId: DeviceId } | Refused {
  const login = identity === null ? byToken(connect, registry) : byCertificate(connect, identity);
  if ('label' in login) return login;
  const { deviceId } = login;
  if (!isOwnClientId(connect.clientId, deviceId)) {
    const other = deviceOfClientId(connect.clientId);
    return {
      label: 'bad-client-id',
      deviceId,
      fault: {
        reason: 'unknown-device',
        expected: 'the device id as MQTT client id, alone or with a suffix behind : . _ or /',
      },
      isForeign: other !== deviceId && registry.admit(other, NOTHING) !== 'unknown-device',
    };
  }
  // A will is published later in the device's name, so it must be one that the device may publish.
  const will = connect.will === null ? 'status' : mayPublish(deviceId, connect.will);
  if (will === 'status') return login;
  return {
    label: 'bad-will',
    deviceId,
    fault: { reason: 'bad-topic', expected: 'a last will on the status topic of the device itself' },
    isForeign: typeof will === 'object' && will.isForeign,
  };
}

function byToken({ username, password }: Connect, registry: Pick<DeviceRegistry, 'admit'>): { deviceId: DeviceId } | Refused {
  const claimed = DeviceId.safeParse(username);
  const admission = claimed.success ? registry.admit(claimed.data, password ?? NOTHING) : 'unknown-device';
  if (claimed.success && admission === 'ok') return { deviceId: claimed.data };
  const label = admission === 'wrong-token' ? 'wrong-token' : 'unknown-device';
  const expected = label === 'wrong-token' ? 'the token of this device' : 'a device that is enrolled';
  return { label, deviceId: claimed.data ?? null, fault: { reason: 'unknown-device', expected }, isForeign: false };
}

function byCertificate({ username }: Connect, { deviceId }: Identity): { deviceId: DeviceId } | Refused {
  if (username === null || username === deviceId) return { deviceId };
  const fault = { reason: 'wrong-certificate', expected: 'no user name, or the device that the certificate names' } as const;
  return { label: 'wrong-user', deviceId, fault, isForeign: true };
}
