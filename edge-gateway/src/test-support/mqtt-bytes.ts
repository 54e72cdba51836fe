/** MQTT 3.1.1 packets byte by byte, right and wrong, which a client library would not send. */

const short = (n: number): Buffer => Buffer.from([n >> 8, n & 0xff]);
export const field = (text: string | Buffer): Buffer => {
  const bytes = Buffer.from(text as string);
  return Buffer.concat([short(bytes.length), bytes]);
};

/** A packet with the fixed header that its length needs. */
export function packet(first: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = [first];
  let left = body.length;
  do {
    header.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from(header), body]);
}

export interface ConnectFields {
  readonly clientId: string | Buffer;
  readonly username?: string | Buffer;
  readonly password?: string | Buffer;
  readonly will?: {
    readonly topic: string | Buffer;
    readonly payload?: string;
    readonly qos?: number;
    readonly retain?: boolean;
  };
  readonly keepAliveSeconds?: number;
  readonly protocol?: string;
  readonly level?: number;
  /** Set as they are, beside those that the fields need. */
  readonly flags?: number;
  /** Of MQTT 5, between keep-alive and client id. */
  readonly properties?: Buffer;
}

export function connectBytes(c: ConnectFields): Buffer {
  const { username, password, will, keepAliveSeconds = 60, properties = Buffer.alloc(0) } = c;
  const willFlags = will === undefined ? 0 : 0x04 | ((will.qos ?? 1) << 3) | ((will.retain ?? true) ? 0x20 : 0);
  const flags = 0x02 | willFlags | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40) | (c.flags ?? 0);
  return packet(
    0x10,
    field(c.protocol ?? 'MQTT'),
    Buffer.from([c.level ?? 4, flags]),
    short(keepAliveSeconds),
    properties,
    field(c.clientId),
    ...(will === undefined ? [] : [field(will.topic), field(will.payload ?? '{"state":"offline"}')]),
    ...[username, password].flatMap((part) => (part === undefined ? [] : [field(part)])),
  );
}

export function publishBytes(topic: string | Buffer, payload: string | Buffer, first = 0x32): Buffer {
  const hasId = ((first >> 1) & 3) > 0;
  return packet(first, field(topic), ...(hasId ? [short(7)] : []), Buffer.from(payload as string));
}

export const PING = Buffer.from([0xc0, 0]);
export const CONNECTED = Buffer.from([0x20, 2, 0, 0]);
