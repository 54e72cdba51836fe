import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { NetGuard } from './net-guard.js';

/** Wall time of one request with its answer. */
const POST_TIMEOUT_MS = 10_000;
/** Of an answer no more than this is read. */
const ANSWER_BYTES_MAX = 64 * 1_024;

export interface Answer {
  readonly status: number;
  /** Cut at 64 KiB. */
  readonly text: string;
}

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Left out for an address that the site's settings name. */
  readonly guard?: NetGuard;
  /** Left out: `POST_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
}

/** It did not come to an answer. The cause stays here: it may repeat the address with its secrets. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(
    /** The other end was not one that may be talked to: nothing was sent. */
    readonly refused: boolean,
  ) {
    super(refused ? 'the address is not one that may be connected to' : 'no answer');
  }
}

/**
 * One POST on a connection of its own: nothing is followed, nothing is kept open, and time and size have an end. With a guard the
 * address is decided by the connection's own look-up.
 * @throws NoAnswer
 */
export function boundedPost({ url, headers, body, guard, timeoutMs = POST_TIMEOUT_MS }: Post): Promise<Answer> {
  return new Promise((done, fail) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const lookup = guard === undefined ? {} : { lookup: guard.lookupFor(url) };
    let wasRefused = false;
    let isAnswered = false;
    const request = send(url, {
      ...lookup,
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' },
    });
    const timer = setTimeout(() => {
      fail(new NoAnswer(false));
      request.destroy(new Error('too late'));
    }, timeoutMs);
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      finish();
    };
    request.on('socket', (socket: Socket) => {
      const ready = url.protocol === 'https:' ? 'secureConnect' : 'connect';
      socket.once(ready, () => {
        if (guard?.mayTalkTo(url, socket.remoteAddress) === false) {
          wasRefused = true;
          request.destroy(new Error('refused'));
          return;
        }
        request.end(body);
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => end(() => fail(new NoAnswer(wasRefused || error.code === 'EREFUSED'))));
    // A connection that became another protocol (101), or ended in any other way, is no answer either: whoever waits is told of each end.
    request.on('close', () => {
      if (!isAnswered) end(() => fail(new NoAnswer(wasRefused)));
    });
    request.on('response', (response) => {
      isAnswered = true;
      const chunks: Buffer[] = [];
      let bytes = 0;
      const finish = (): void => {
        end(() => done({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
        request.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, ANSWER_BYTES_MAX - bytes));
        bytes += chunk.length;
        if (bytes >= ANSWER_BYTES_MAX) finish();
      });
      response.on('end', finish);
      response.on('error', () => end(() => fail(new NoAnswer(false))));
      response.on('close', () => end(() => fail(new NoAnswer(false))));
    });
  });
}
