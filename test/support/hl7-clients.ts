import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { Client, Message } from 'node-hl7-client';
import { PYTHON_HL7 } from './python-clients.js';

const PYTHON_MS_MAX = 15_000;

/** A sender that writes bytes as they are, for what no library sends. */
export class RawSender {
  private received = '';
  private isClosed = false;
  private readonly news: (() => void)[] = [];

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('utf8');
      this.tell();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.tell();
    });
  }

  static to(port: number, tls: ConnectionOptions | null = null): Promise<RawSender> {
    return new Promise((resolve, reject) => {
      const socket = tls === null ? connect(port, '127.0.0.1') : connectTls({ ...tls, port, host: '127.0.0.1' });
      socket.once('error', reject);
      socket.once(tls === null ? 'connect' : 'secureConnect', () => {
        socket.off('error', reject);
        resolve(new RawSender(socket));
      });
    });
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** A message in its frame. */
  send(message: string | Uint8Array): void {
    this.socket.write(Buffer.concat([Buffer.from([0x0b]), Buffer.from(message as string), Buffer.from([0x1c, 0x0d])]));
  }

  /** The next whole answer, without its frame; null where the connection ends before it. */
  async answer(): Promise<string | null> {
    for (;;) {
      const end = this.received.indexOf('\x1c\r');
      if (end >= 0) {
        const answer = this.received.slice(1, end);
        this.received = this.received.slice(end + 2);
        return answer;
      }
      if (this.isClosed) return null;
      await this.change();
    }
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await this.change();
  }

  end(): void {
    this.socket.destroy();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => void this.news.push(resolve));
  }

  private tell(): void {
    for (const told of this.news.splice(0)) told();
  }
}

/** Sends messages one at a time with node-hl7-client, which somebody else has written. @returns MSA-1 of each answer */
export async function sendByLibrary(port: number, messages: readonly string[]): Promise<readonly string[]> {
  const client = new Client({ host: '127.0.0.1' });
  let heard: (code: string) => void = () => undefined;
  const connection = client.createConnection({ port }, async (response) => {
    await Promise.resolve();
    heard(response.getMessage().get('MSA.1').toString());
  });
  try {
    const codes: string[] = [];
    for (const text of messages) {
      const answer = new Promise<string>((resolve) => void (heard = resolve));
      await connection.sendMessage(new Message({ text }));
      codes.push(await answer);
    }
    return codes;
  } finally {
    await connection.close();
  }
}

/** The same with the `hl7` package of Python. */
export async function sendByPython(python: string, port: number, messages: readonly string[]): Promise<readonly string[]> {
  const args = ['-B', PYTHON_HL7, String(port)];
  const child = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'], timeout: PYTHON_MS_MAX });
  child.stdin.end(JSON.stringify(messages));
  const [said, [code]] = await Promise.all([textOf(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`the Python sender ended with ${String(code)}`);
  return JSON.parse(said) as readonly string[];
}
