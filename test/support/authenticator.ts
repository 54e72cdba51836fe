import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** CBOR (RFC 8949) of what an authenticator says: whole numbers, text, bytes and maps in the order given. */
type Cbor = number | string | Buffer | Map<number | string, Cbor>;

function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, each]) => [cbor(key), cbor(each)])]);
}

function head(major: number, count: number): Buffer {
  const kind = major << 5;
  if (count < 24) return Buffer.from([kind | count]);
  if (count < 256) return Buffer.from([kind | 24, count]);
  return Buffer.from([kind | 25, count >> 8, count & 255]);
}

const sha256 = (bytes: string | Buffer): Buffer => createHash('sha256').update(bytes).digest();
const base64url = (bytes: Buffer): string => bytes.toString('base64url');

const FLAGS = { present: 0x01, verified: 0x04, attested: 0x40 };

export interface PasskeyBehaviour {
  /** The page that asks; a browser fills in its true origin. */
  readonly origin: string;
  /** False: the finger was not on it. */
  readonly verified?: boolean;
  /** Left out: counts up. 0 for authenticators that do not count. */
  readonly signCount?: number;
  readonly challenge?: string;
}

/** One passkey (ES256) as the browser's JSON has it: what `navigator.credentials` would answer. */
export class SoftwarePasskey {
  private readonly key: KeyObject;
  private readonly x: Buffer;
  private readonly y: Buffer;
  readonly id = base64url(randomBytes(32));
  private signCount = 0;
  private userHandle = '';

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    this.key = privateKey;
    this.x = Buffer.from(x!, 'base64url');
    this.y = Buffer.from(y!, 'base64url');
  }

  /** Answers `navigator.credentials.create` with these options. */
  create(options: Record<string, unknown>, { origin, verified = true, challenge }: PasskeyBehaviour): Record<string, unknown> {
    const { rp, user, challenge: asked } = options as { rp: { id: string }; user: { id: string }; challenge: string };
    this.userHandle = user.id;
    const cose = new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, this.x],
      [-3, this.y],
    ]);
    const id = Buffer.from(this.id, 'base64url');
    const length = Buffer.from([id.length >> 8, id.length & 255]);
    const data = Buffer.concat([this.authData(rp.id, verified, 0, FLAGS.attested), Buffer.alloc(16), length, id, cbor(cose)]);
    const attestation = new Map<string, Cbor>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', data],
    ]);
    return this.credential({
      clientDataJSON: base64url(clientData('webauthn.create', challenge ?? asked, origin)),
      attestationObject: base64url(cbor(attestation)),
      transports: ['internal'],
    });
  }

  /** Answers `navigator.credentials.get` with these options. */
  get(options: Record<string, unknown>, behaviour: PasskeyBehaviour): Record<string, unknown> {
    const { rpId, challenge: asked } = options as { rpId: string; challenge: string };
    const { origin, verified = true, signCount = (this.signCount += 1), challenge } = behaviour;
    const client = clientData('webauthn.get', challenge ?? asked, origin);
    const data = this.authData(rpId, verified, signCount, 0);
    return this.credential({
      clientDataJSON: base64url(client),
      authenticatorData: base64url(data),
      signature: base64url(sign('sha256', Buffer.concat([data, sha256(client)]), this.key)),
      userHandle: this.userHandle,
    });
  }

  private authData(rpId: string, verified: boolean, signCount: number, more: number): Buffer {
    const flags = FLAGS.present | (verified ? FLAGS.verified : 0) | more;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(signCount);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count]);
  }

  private credential(response: Record<string, unknown>): Record<string, unknown> {
    return { id: this.id, rawId: this.id, type: 'public-key', response };
  }
}

function clientData(type: string, challenge: string, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}
