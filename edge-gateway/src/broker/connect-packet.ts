/** What a CONNECT of MQTT 3.1.1 says, as far as it decides whether the connection may stay. */
export interface Connect {
  readonly clientId: string;
  readonly username: string | null;
  readonly password: Buffer | null;
  /** 0: the client promises nothing. */
  readonly keepAliveSeconds: number;
  readonly will: { readonly topic: string; readonly qos: number; readonly retain: boolean } | null;
}

/** Why a CONNECT is none; label of `vigil_gateway_connections_refused_total`. */
export type ConnectFault = 'not-mqtt' | 'protocol-version' | 'mqtt-5' | 'reserved-flags' | 'invalid-utf8' | 'malformed-connect';

const USER = 0x80;
const PASSWORD = 0x40;
const WILL_RETAIN = 0x20;
const WILL = 0x04;
const RESERVED = 0x01;
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class Malformed extends Error {
  constructor(readonly fault: ConnectFault) {
    super(fault);
  }
}

/**
 * Reads the part of a CONNECT behind its fixed header, strictly by MQTT 3.1.1 section 3.1: the parser behind it lets pass
 * text that is not UTF-8, NUL in names, a password without a user, and bytes at the end.
 *
 * Not supported: MQTT 3.1 and MQTT 5 (their clients are told so by `protocol-version` and `mqtt-5`).
 */
export function parseConnect(body: Buffer): Connect | ConnectFault {
  try {
    return read(new Fields(body));
  } catch (error) {
    if (error instanceof Malformed) return error.fault;
    throw error;
  }
}

function read(fields: Fields): Connect {
  const [protocol, level] = [fields.binary().toString('latin1'), fields.byte()];
  if (protocol !== 'MQTT') throw new Malformed(protocol === 'MQIsdp' ? 'protocol-version' : 'not-mqtt');
  if (level !== 4) throw new Malformed(level === 5 ? 'mqtt-5' : 'protocol-version');
  const flags = fields.byte();
  const willQos = (flags >> 3) & 3;
  const hasWill = (flags & WILL) !== 0;
  if ((flags & RESERVED) !== 0 || willQos === 3) throw new Malformed('reserved-flags');
  if (!hasWill && (willQos !== 0 || (flags & WILL_RETAIN) !== 0)) throw new Malformed('reserved-flags');
  if ((flags & PASSWORD) !== 0 && (flags & USER) === 0) throw new Malformed('reserved-flags');
  const keepAliveSeconds = fields.short();
  const clientId = fields.text();
  const will = hasWill ? { topic: fields.text(), qos: willQos, retain: (flags & WILL_RETAIN) !== 0 } : null;
  if (will !== null) fields.binary();
  const username = (flags & USER) === 0 ? null : fields.text();
  const password = (flags & PASSWORD) === 0 ? null : fields.binary();
  if (!fields.atEnd) throw new Malformed('malformed-connect');
  return { clientId, username, password, keepAliveSeconds, will };
}

/** The fields of a packet one after the other. */
class Fields {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  get atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  short(): number {
    return this.take(2).readUInt16BE();
  }

  binary(): Buffer {
    return this.take(this.short());
  }

  text(): string {
    const bytes = this.binary();
    if (bytes.includes(0)) throw new Malformed('invalid-utf8');
    try {
      return text.decode(bytes);
    } catch {
      throw new Malformed('invalid-utf8');
    }
  }

  private take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new Malformed('malformed-connect');
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }
}
