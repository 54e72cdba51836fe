export const FETCH_TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 256 * 1024;

/** `fetch` for an identity provider: no redirects, no answer larger than 256 KiB, none that takes longer than 5 s. */
export async function boundedFetch(url: string, options: object): Promise<Response> {
  const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  const response = await fetch(url, { ...options, redirect: 'manual', signal });
  if (response.body === null) return response;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new TypeError('the answer is too large');
    chunks.push(chunk);
  }
  const { status, headers } = response;
  const hasBody = status !== 204 && status !== 304;
  return new Response(hasBody ? Buffer.concat(chunks) : null, { status, headers });
}
