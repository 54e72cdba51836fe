import { connect } from 'node:net';

const ANSWER_WITHIN_MS = 10_000;

export interface RawAnswer {
  /** 0 when the server closed without a word. */
  readonly status: number;
  readonly text: string;
}

/** Sends these bytes as they are, which `fetch` would mend, and reads until the server closes. */
export function rawRequest(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    const settle = (): void => {
      const text = Buffer.concat(chunks).toString('latin1');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error('no answer')));
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', settle);
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? settle() : reject(error),
    );
  });
}

export function rawGet(url: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  const lines = Object.entries({ host: new URL(url).host, connection: 'close', ...headers }).map(([k, v]) => `${k}: ${v}\r\n`);
  return rawRequest(url, `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
}
