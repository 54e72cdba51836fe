import type { IncomingMessage } from 'node:http';

const BODY_BYTES_MAX = 16 * 1024;

/** A request's body that can't be taken; `status` as in HTTP. */
export class BodyError extends Error {
  override readonly name = 'BodyError';

  constructor(
    readonly status: 400 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}

/** The JSON of a request. @throws BodyError when it is too large, of another type or no JSON */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  // A page in a browser can't send this type to another origin without being asked first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new BodyError(415, 'the body is expected as application/json');
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) throw new BodyError(413, `a body takes at most ${BODY_BYTES_MAX} bytes`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new BodyError(400, 'the body is no JSON');
  }
}
